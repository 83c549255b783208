import { sameBytes, viewOf } from './same-bytes.ts'

/** Bytes of text after which a table counts as full. */
const MOST_BYTES = 32 * 1024 * 1024
const MOST_TEXTS = 200_000
const FIRST_SLOTS = 1024
const FIRST_BYTES = 64 * 1024

const latin1 = new TextDecoder('latin1')
/** So that nobody can choose texts that all come to one slot. */
const seed = Math.floor(Math.random() * 2 ** 32)

/**
 * The numbers of texts, in the order of their first sight. A text may be asked for as a string or as the ASCII bytes it
 * stands in, which needs no string for one that is known; it can then have two numbers.
 */
export class TextNumbers {
  readonly texts: string[] = ['']
  readonly #numbers = new Map<string, number>([['', 0]])
  /** Where each text's bytes are in the arena; -1 for one that was never asked for by its bytes. */
  #starts = new Int32Array(FIRST_SLOTS)
  #lengths = new Int32Array(FIRST_SLOTS)
  #hashes = new Int32Array(FIRST_SLOTS)
  /** Numbers by the hash of the bytes, by linear probing; 0 is free. */
  #slots = new Int32Array(FIRST_SLOTS)
  #inSlots = 0
  #arena = new Uint8Array(FIRST_BYTES)
  #arenaView = viewOf(this.#arena)
  /** The bytes that were asked with last, and a view of them. */
  #asked: Uint8Array = new Uint8Array()
  #askedView = viewOf(this.#asked)
  #used = 0

  /** True when a new table should be begun: one that is only ever added to may not grow for ever. */
  get isFull(): boolean {
    return this.texts.length > MOST_TEXTS || this.#used > MOST_BYTES
  }

  numberOf(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.texts.push(text) - 1
    this.#numbers.set(text, number)
    return number
  }

  /** @param bytes ASCII from `start` to `end`. */
  numberOfBytes(bytes: Uint8Array, start: number, end: number): number {
    if (start === end) return 0
    if (bytes !== this.#asked) {
      this.#asked = bytes
      this.#askedView = viewOf(bytes)
    }
    const view = this.#askedView
    const hash = hashOf(view, start, end)
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (;;) {
      const number = this.#slots[slot] ?? 0
      if (number === 0) return this.#add(bytes, start, end, hash)
      if (this.#hashes[number] === hash && this.#isSame(number, view, start, end)) return number
      slot = (slot + 1) & mask
    }
  }

  #isSame(number: number, view: DataView, start: number, end: number): boolean {
    const length = end - start
    if (this.#lengths[number] !== length) return false
    return sameBytes(this.#arenaView, this.#starts[number] ?? 0, view, start, length)
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const number = this.texts.push(latin1.decode(bytes.subarray(start, end))) - 1
    if (number >= this.#starts.length) this.#growTexts(number + 1)
    while (this.#used + end - start > this.#arena.length) {
      this.#arena = grown(this.#arena, 2 * this.#arena.length)
      this.#arenaView = viewOf(this.#arena)
    }
    this.#arena.set(bytes.subarray(start, end), this.#used)
    this.#starts[number] = this.#used
    this.#lengths[number] = end - start
    this.#hashes[number] = hash
    this.#used += end - start
    if (++this.#inSlots * 2 > this.#slots.length) this.#growSlots()
    this.#put(number, hash)
    return number
  }

  #put(number: number, hash: number): void {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    while ((this.#slots[slot] ?? 0) !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = number
  }

  #growTexts(count: number): void {
    this.#starts = grown(this.#starts, 2 * count)
    this.#lengths = grown(this.#lengths, 2 * count)
    this.#hashes = grown(this.#hashes, 2 * count)
  }

  #growSlots(): void {
    const before = this.#slots
    this.#slots = new Int32Array(before.length * 2)
    for (const number of before) if (number !== 0) this.#put(number, this.#hashes[number] ?? 0)
  }
}

/** Four bytes at a time, then the rest; 32 bits, well mixed. */
function hashOf(view: DataView, start: number, end: number): number {
  let hash = seed ^ (end - start)
  let at = start
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x85ebca6b)
  hash ^= hash >>> 13
  return Math.imul(hash, 0xc2b2ae35) ^ (hash >>> 16)
}

function grown<Words extends Int32Array | Uint8Array>(words: Words, length: number): Words {
  const larger = new (words.constructor as new (length: number) => Words)(length)
  larger.set(words)
  return larger
}
