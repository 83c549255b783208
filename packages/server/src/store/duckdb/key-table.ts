/** Numbers the different keys of some integers each, in the order of their first sight. */
export class KeyTable {
  readonly width: number
  count = 0
  /** Row r's key is keys[r * width .. r * width + width - 1]. */
  readonly keys: Int32Array
  /** At least twice as many as there may be keys. */
  readonly #slots: Int32Array

  /** @param most how many different keys there may be. */
  constructor(width: number, most: number) {
    this.width = width
    this.keys = new Int32Array(most * width)
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(1, most) * 2))).fill(-1)
  }

  /** The row of a key; a new one's is the count before. */
  rowOf(key: ArrayLike<number>): number {
    const slot = this.#slotOf(key)
    const row = this.#slots[slot] ?? -1
    if (row >= 0) return row
    const added = this.count++
    this.#slots[slot] = added
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
}

function hashOf(key: ArrayLike<number>, at: number, width: number): number {
  let hash = 0
  for (let part = 0; part < width; part++) {
    hash = Math.imul(hash ^ (key[at + part] ?? 0), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}
