/** Numbers the different keys of some integers each, in the order of their first sight. */
export class KeyTable {
  readonly #width: number
  count = 0
  /** Row r's key is columns[part][r] for each part. */
  readonly columns: readonly Int32Array<ArrayBuffer>[]
  /** At least twice as many as there may be keys. */
  readonly #slots: Int32Array

  /** @param most how many rows there may be. */
  constructor(width: number, most: number) {
    this.#width = width
    this.columns = Array.from({ length: width }, () => new Int32Array(most))
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(1, most) * 2))).fill(-1)
  }

  /** The row of a key; a new one's is the count before. */
  rowOf(key: Int32Array): number {
    const slot = this.#slotOf(key)
    const row = this.#slots[slot] ?? -1
    return row >= 0 ? row : this.#add(slot, key)
  }

  /** A further row of a key, which is its row from now on. */
  anotherRowOf(key: Int32Array): number {
    return this.#add(this.#slotOf(key), key)
  }

  #add(slot: number, key: Int32Array): number {
    const row = this.count++
    this.#slots[slot] = row
    const columns = this.columns
    for (let part = 0; part < this.#width; part++) {
      const column = columns[part]
      if (column !== undefined) column[row] = key[part] ?? 0
    }
    return row
  }

  #slotOf(key: Int32Array): number {
    const mask = this.#slots.length - 1
    let slot = hashOf(key) & mask
    for (;;) {
      const row = this.#slots[slot] ?? -1
      if (row < 0 || this.#isRow(row, key)) return slot
      slot = (slot + 1) & mask
    }
  }

  #isRow(row: number, key: Int32Array): boolean {
    const columns = this.columns
    for (let part = 0; part < this.#width; part++) if (columns[part]?.[row] !== key[part]) return false
    return true
  }
}

function hashOf(key: Int32Array): number {
  let hash = 0
  for (let part = 0; part < key.length; part++) {
    hash = Math.imul(hash ^ (key[part] ?? 0), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}
