import { hash } from 'node:crypto'
import { IDENTITY_WORDS } from '../domain/event-batch.ts'

/** Where ASCII text stands in some bytes. */
export interface AsciiText {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/** A number of milliseconds has 15 digits at most, an organization's number 10; two separators stand between. */
const LONGEST_PREFIX = 32
const ZERO = 48

/**
 * The identity of an event (decisions.md 1) as 128 bits: SHA-256, cut off, over a secret of this installation, so that
 * nobody can choose ids that collide. The organization is the store's own number, never given twice: after an erasure
 * the same events are new ones. What is hashed is `secret organization NUL time NUL id`, in UTF-8.
 */
export class IdentityHash {
  readonly #keyLength: number
  #bytes: Buffer
  /** The first so many bytes of #bytes, by how many; made once each. */
  #views: Buffer[] = []

  /** @param key UsageStore.identityKey. */
  constructor(key: string) {
    this.#keyLength = Buffer.byteLength(key)
    this.#bytes = Buffer.alloc(this.#keyLength + LONGEST_PREFIX + 256)
    this.#bytes.write(key)
  }

  /** Writes the hash to words[at .. at + 3]; it is never all zeros. */
  write(words: Uint32Array, at: number, organization: number, time: number, id: string): void {
    // A lone surrogate would become the same replacement character as any other; JSON keeps them apart.
    const exact = id.isWellFormed() ? id : `\0${JSON.stringify(id)}`
    const start = this.#prefix(organization, time, exact.length * 3)
    this.#hash(words, at, start + this.#bytes.write(exact, start))
  }

  /** As `write`, of an id that stands in ASCII bytes. */
  writeAscii(words: Uint32Array, at: number, organization: number, time: number, id: AsciiText): void {
    let to = this.#prefix(organization, time, id.end - id.start)
    for (let index = id.start; index < id.end; index++) this.#bytes[to++] = id.bytes[index] ?? 0
    this.#hash(words, at, to)
  }

  /** Puts what goes before an id of at most so many bytes behind the key. @returns where the id begins. */
  #prefix(organization: number, time: number, idBytes: number): number {
    if (this.#bytes.length < this.#keyLength + LONGEST_PREFIX + idBytes) this.#grow(idBytes)
    let at = this.#digits(organization, this.#keyLength)
    this.#bytes[at++] = 0
    at = this.#digits(time, at)
    this.#bytes[at++] = 0
    return at
  }

  #digits(value: number, at: number): number {
    let digits = 1
    for (let most = 10; most <= value; most *= 10) digits++
    let rest = value
    for (let index = at + digits - 1; index >= at; index--) {
      const tenth = Math.floor(rest / 10)
      this.#bytes[index] = ZERO + (rest - tenth * 10)
      rest = tenth
    }
    return at + digits
  }

  #hash(words: Uint32Array, at: number, end: number): void {
    const view = this.#views[end] ?? this.#bytes.subarray(0, end)
    this.#views[end] = view
    const digest = hash('sha256', view, 'binary')
    for (let word = 0; word < IDENTITY_WORDS; word++) {
      const byte = word * 4
      words[at + word] =
        digest.charCodeAt(byte) |
        (digest.charCodeAt(byte + 1) << 8) |
        (digest.charCodeAt(byte + 2) << 16) |
        (digest.charCodeAt(byte + 3) << 24)
    }
    if (!words[at] && !words[at + 1] && !words[at + 2] && !words[at + 3]) words[at] = 1
  }

  #grow(idBytes: number): void {
    const larger = Buffer.alloc(this.#keyLength + LONGEST_PREFIX + idBytes)
    this.#bytes.copy(larger, 0, 0, this.#keyLength)
    this.#bytes = larger
    this.#views = []
  }
}
