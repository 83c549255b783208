/** Numbers that follow from the seed alone (mulberry32), so that a run can be repeated. */
export class Random {
  #state: number

  constructor(...seed: readonly number[]) {
    this.#state = seed.reduce((state, part) => Math.imul(state ^ part, 0x9e3779b1) ^ (part >>> 3), 0x5bd1e995)
  }

  /** At least 0, less than `end`. */
  upTo(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end
  }

  below(end: number): number {
    return Math.floor(this.upTo(end))
  }

  chance(part: number): boolean {
    return this.upTo(1) < part
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0]
  }
}
