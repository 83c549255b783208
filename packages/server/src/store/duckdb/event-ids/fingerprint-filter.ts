import { type ExactTable, homeOf } from './exact-table.ts'

const BYTES = 3
const FULLEST = 0.8

/**
 * A set that may say yes to what is not in it, about once in a million, in 3.75 bytes a hash: 24 bits of each, by linear
 * probing. A blocked Bloom filter of that size says yes ten times as often, and each yes is a look at the disk.
 */
export class FingerprintFilter {
  readonly bytes: Uint8Array
  readonly #capacity: number

  /** @param bytes what an earlier filter's `bytes` were. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#capacity = bytes.length / BYTES
  }

  static of(table: ExactTable): FingerprintFilter {
    const filter = new FingerprintFilter(new Uint8Array(FingerprintFilter.sizeFor(table.size)))
    table.visit((words, at) => filter.#add(words, at))
    return filter
  }

  /** How many bytes the filter of so many hashes takes. */
  static sizeFor(count: number): number {
    return (Math.ceil(count / FULLEST) + 1) * BYTES
  }

  mayHave(words: Uint32Array, at: number): boolean {
    const wanted = fingerprintOf(words, at)
    let slot = homeOf(words[at] ?? 0, this.#capacity)
    for (;;) {
      const there = this.#fingerprintAt(slot)
      if (there === 0) return false
      if (there === wanted) return true
      slot = slot + 1 === this.#capacity ? 0 : slot + 1
    }
  }

  #add(words: Uint32Array, at: number): void {
    const fingerprint = fingerprintOf(words, at)
    let slot = homeOf(words[at] ?? 0, this.#capacity)
    while (this.#fingerprintAt(slot) !== 0) slot = slot + 1 === this.#capacity ? 0 : slot + 1
    this.bytes[slot * BYTES] = fingerprint
    this.bytes[slot * BYTES + 1] = fingerprint >>> 8
    this.bytes[slot * BYTES + 2] = fingerprint >>> 16
  }

  #fingerprintAt(slot: number): number {
    const at = slot * BYTES
    return (this.bytes[at] ?? 0) | ((this.bytes[at + 1] ?? 0) << 8) | ((this.bytes[at + 2] ?? 0) << 16)
  }
}

/** Of other bits than the home slot; 0 means free. */
function fingerprintOf(words: Uint32Array, at: number): number {
  return ((words[at + 1] ?? 0) % 0xffffff) + 1
}
