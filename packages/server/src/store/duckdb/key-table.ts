const FIRST_CAPACITY = 256

/** Numbers the different keys of some integers each, in the order of their first sight. */
export class KeyTable {
  readonly width: number
  count = 0
  /** Row r's key is keys[r * width .. r * width + width - 1]. */
  keys: Int32Array
  #slots = new Int32Array(FIRST_CAPACITY * 2).fill(-1)

  constructor(width: number) {
    this.width = width
    this.keys = new Int32Array(FIRST_CAPACITY * width)
  }

  /** The row of a key; a new one's is the count before. */
  rowOf(key: ArrayLike<number>): number {
    const row = this.#slots[this.#slotOf(key)] ?? -1
    if (row >= 0) return row
    if (this.count * this.width === this.keys.length) this.#grow()
    const added = this.count++
    this.#slots[this.#slotOf(key)] = added
    for (let part = 0; part < this.width; part++) this.keys[added * this.width + part] = key[part] ?? 0
    return added
  }

  #slotOf(key: ArrayLike<number>): number {
    const mask = this.#slots.length - 1
    let slot = hashOf(key, 0, this.width) & mask
    for (;;) {
      const row = this.#slots[slot] ?? -1
      if (row < 0 || this.#isRow(row, key)) return slot
      slot = (slot + 1) & mask
    }
  }

  #isRow(row: number, key: ArrayLike<number>): boolean {
    const at = row * this.width
    for (let part = 0; part < this.width; part++) if (this.keys[at + part] !== key[part]) return false
    return true
  }

  /** Half of the slots stay free. */
  #grow(): void {
    const keys = new Int32Array(this.keys.length * 2)
    keys.set(this.keys)
    this.keys = keys
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    for (const row of this.#slots) {
      if (row < 0) continue
      let slot = hashOf(keys, row * this.width, this.width) & (slots.length - 1)
      while ((slots[slot] ?? -1) >= 0) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = row
    }
    this.#slots = slots
  }
}

function hashOf(key: ArrayLike<number>, at: number, width: number): number {
  let hash = 0
  for (let part = 0; part < width; part++) {
    hash = Math.imul(hash ^ (key[at + part] ?? 0), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}
