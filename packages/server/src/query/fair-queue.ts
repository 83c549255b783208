/**
 * A queue that no owner can fill for the others: first come, first served within an owner, round-robin across owners
 * (decisions.md 14). An owner that starts to wait goes behind those who wait already.
 */
export class FairQueue<Item> {
  /** Owners with something waiting, in the order of their turns; each list is used from `head` on. */
  readonly #lines = new Map<string, { items: Item[]; head: number }>()

  /** Puts an item behind what its owner has waiting. */
  add(owner: string, item: Item): void {
    const line = this.#lines.get(owner)
    if (line === undefined) this.#lines.set(owner, { items: [item], head: 0 })
    else line.items.push(item)
  }

  /** Puts an item before what its owner has waiting: its turn had come and goes on later. */
  addFirst(owner: string, item: Item): void {
    const line = this.#lines.get(owner)
    if (line === undefined) this.#lines.set(owner, { items: [item], head: 0 })
    else line.items.splice(0, line.head, item)
    if (line !== undefined) line.head = 0
  }

  /** The item whose turn it is; undefined when nothing waits. */
  take(): Item | undefined {
    const [next] = this.#lines
    if (next === undefined) return undefined
    const [owner, line] = next
    const item = line.items[line.head]
    line.head += 1
    this.#lines.delete(owner)
    if (line.head < line.items.length) this.#lines.set(owner, compacted(line))
    return item
  }

  /** Takes out what its owner does not wait for any more; the order of the others stays. */
  remove(owner: string, isIt: (item: Item) => boolean): void {
    const line = this.#lines.get(owner)
    if (line === undefined) return
    line.items = line.items.slice(line.head).filter((item) => !isIt(item))
    line.head = 0
    if (line.items.length === 0) this.#lines.delete(owner)
  }

  /** How many of this owner's items wait. */
  waiting(owner: string): number {
    const line = this.#lines.get(owner)
    return line === undefined ? 0 : line.items.length - line.head
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0
  }
}

/** Lets go of the taken half of a line, so that taking stays cheap and memory follows what waits. */
function compacted<Item>(line: { items: Item[]; head: number }): { items: Item[]; head: number } {
  if (line.head * 2 < line.items.length) return line
  return { items: line.items.slice(line.head), head: 0 }
}
