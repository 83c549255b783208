import { IDENTITY_WORDS } from '../../../domain/event-batch.ts'

const FIRST_CAPACITY = 256
const FULLEST = 0.8

/**
 * A set of 128-bit hashes in one typed array: open addressing with linear probing, 20 to 40 bytes a hash. A hash's home
 * is told by its second word, the upper half of `hi` on disk, so that the table is about in the order of `hi`.
 */
export class ExactTable {
  size = 0
  #capacity: number
  #words: Uint32Array

  /** @param expected how many hashes it holds before it grows. */
  constructor(expected = 0) {
    this.#capacity = FIRST_CAPACITY
    while (expected > this.#capacity * FULLEST) this.#capacity *= 2
    this.#words = new Uint32Array(this.#capacity * IDENTITY_WORDS)
  }

  /** Makes room, so that the next `count` additions move nothing and can be undone by their slots. */
  reserve(count: number): void {
    if (this.size + count <= this.#capacity * FULLEST) return
    const before = this.#words
    while (this.size + count > this.#capacity * FULLEST) this.#capacity *= 2
    this.#words = new Uint32Array(this.#capacity * IDENTITY_WORDS)
    for (let at = 0; at < before.length; at += IDENTITY_WORDS) {
      if (isSet(before, at)) copy(before, at, this.#words, this.#slotOf(before, at) * IDENTITY_WORDS)
    }
  }

  has(words: Uint32Array, at: number): boolean {
    return isSet(this.#words, this.#slotOf(words, at) * IDENTITY_WORDS)
  }

  /** Reads where a hash would be, so that it is at hand when it is looked up. */
  touch(words: Uint32Array, at: number): number {
    return this.#words[homeOf(words[at + 1] ?? 0, this.#capacity) * IDENTITY_WORDS] ?? 0
  }

  /** Adds the hash at words[at]; the slot it went to, or -1 when it was there already. Room must be reserved. */
  add(words: Uint32Array, at: number): number {
    const slot = this.#slotOf(words, at)
    if (isSet(this.#words, slot * IDENTITY_WORDS)) return -1
    copy(words, at, this.#words, slot * IDENTITY_WORDS)
    this.size++
    return slot
  }

  /** Takes out the newest additions, given their slots, with no reserve() in between. */
  undo(slots: readonly number[]): void {
    for (const slot of slots) this.#words.fill(0, slot * IDENTITY_WORDS, slot * IDENTITY_WORDS + IDENTITY_WORDS)
    this.size -= slots.length
  }

  /** Calls back with each hash whose second word is from `first` to `last`, about in that word's order. */
  visit(first: number, last: number, each: (words: Uint32Array, at: number) => void): void {
    const words = this.#words
    let slot = homeOf(first, this.#capacity)
    const homes = homeOf(last, this.#capacity) - slot
    for (let step = 0; step < this.#capacity; step++) {
      const at = slot * IDENTITY_WORDS
      const word = words[at + 1] ?? 0
      if (!isSet(words, at)) {
        if (step >= homes) return
      } else if (word >= first && word <= last) each(words, at)
      slot = slot + 1 === this.#capacity ? 0 : slot + 1
    }
  }

  /** Where the hash is, or the free slot where it belongs. */
  #slotOf(words: Uint32Array, at: number): number {
    const own = this.#words
    let slot = homeOf(words[at + 1] ?? 0, this.#capacity)
    for (;;) {
      const there = slot * IDENTITY_WORDS
      if (!isSet(own, there) || isSame(own, there, words, at)) return slot
      slot = slot + 1 === this.#capacity ? 0 : slot + 1
    }
  }
}

/** Spreads a hash's word over the slots, in order. */
function homeOf(word: number, capacity: number): number {
  return Math.floor(word * (capacity / 2 ** 32))
}

function isSet(words: Uint32Array, at: number): boolean {
  return words[at] !== 0 || words[at + 1] !== 0 || words[at + 2] !== 0 || words[at + 3] !== 0
}

function isSame(a: Uint32Array, at: number, b: Uint32Array, bt: number): boolean {
  return a[at] === b[bt] && a[at + 1] === b[bt + 1] && a[at + 2] === b[bt + 2] && a[at + 3] === b[bt + 3]
}

function copy(from: Uint32Array, at: number, to: Uint32Array, there: number): void {
  for (let word = 0; word < IDENTITY_WORDS; word++) to[there + word] = from[at + word] ?? 0
}
