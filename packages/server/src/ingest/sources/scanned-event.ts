import { DIMENSIONS } from '../../domain/catalogue.ts'
import {
  isTimeTaken,
  LONGEST_DURATION_MS,
  LONGEST_ID,
  ORGANIZATION_ID,
  type TimeLimits,
  USUAL_METHODS,
} from '../../domain/event-validation.ts'
import { sameBytes, viewOf } from '../../domain/same-bytes.ts'
import type { TextNumbers } from '../../domain/text-numbers.ts'
import { EVENT_FIELDS } from './event-fields.ts'
import { timestampAt } from './timestamp-bytes.ts'

const [QUOTE, BACKSLASH, COLON, COMMA, OPEN, CLOSE, SPACE, DELETE] = [34, 92, 58, 44, 123, 125, 32, 127]
const [ZERO, NINE, POINT] = [48, 57, 46]
const MICROS_PER_MS = 1000
/** A whole number of so many digits, and its share of a power of ten, is exact. */
const MOST_DIGITS = 15
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

/** The fields that are read, by numbers: one is chosen among for every value of every event. */
const ID = 1
const TIME = 2
const ORGANIZATION_ID_FIELD = 3
const CLIENT_ID = 4
const CLIENT_NAME = 5
const USER_ID = 6
const METHOD = 7
const PATH = 8
const TEMPLATE_URI = 9
const STATUS = 10
const PLATFORM = 11
const DURATION_MS = 12
const REQUEST_BYTES = 13
const RESPONSE_BYTES = 14
const UNKNOWN = 0

const FIELD_BYTES = ['', ...EVENT_FIELDS].map((name) => Buffer.from(name))
/** No two of them are of one length and begin alike. */
const FIELD_BY_START = new Uint8Array(16 * 128)
for (const [field, name] of FIELD_BYTES.entries()) {
  if (field !== UNKNOWN) FIELD_BY_START[name.length * 128 + (name[0] ?? 0)] = field
}

/** 1 for what may stand in a text as it is: ASCII without quote, backslash and control characters. */
const PLAIN = new Uint8Array(256)
for (let byte = SPACE; byte < DELETE; byte++) PLAIN[byte] = byte === QUOTE || byte === BACKSLASH ? 0 : 1

/** The same of four bytes at once: each but the highest bit tells of a byte below a space, a quote, and so on. */
function isPlain(word: number): boolean {
  const quotes = word ^ 0x22222222
  const backslashes = word ^ 0x5c5c5c5c
  const control = (word - 0x20202020) & ~word
  const quote = (quotes - 0x01010101) & ~quotes
  const backslash = (backslashes - 0x01010101) & ~backslashes
  return ((control | quote | backslash | word | (word + 0x01010101)) & 0x80808080) === 0
}

/** Fields of a line whose names are compared with the last line's. */
const NAMES = 32

/**
 * Reads an event out of the bytes of its line, without making an object or a string of what is known already. It reads
 * only what is written the usual way: ASCII, no escapes, no nested values, numbers without an exponent; and only what
 * is valid. For everything else `scan` is false, and the line is to be read as JSON, which is slower and knows all.
 */
export class ScannedEvent {
  time = Number.NaN
  status = 0
  durationMicros = Number.NaN
  requestBytes = Number.NaN
  responseBytes = Number.NaN
  /** Numbers of texts; 0 is "", a missing one. */
  organizationId = 0
  clientId = 0
  clientName = 0
  userId = 0
  httpMethod = 0
  platform = 0
  /** Where they stand. */
  readonly id = new Span()
  readonly path = new Span()
  readonly templateUri = new Span()

  readonly texts: TextNumbers
  readonly #limits: TimeLimits
  /** Numbers of texts that were looked at before. */
  readonly #usualMethods = new Set<number>()
  readonly #organizationIds = new Set<number>()
  #bytes: Buffer = Buffer.alloc(0)
  #view = viewOf(this.#bytes)
  /**
   * Where the names of the last line's fields stand, each from its quote up to its value, and which fields they are. The
   * next line has the same ones, as a rule.
   */
  readonly #nameStarts = new Int32Array(NAMES)
  readonly #nameLengths = new Int32Array(NAMES)
  readonly #nameFields = new Uint8Array(NAMES)
  /** Where the value that was read last stands. */
  #start = 0
  #end = 0
  #number = Number.NaN

  constructor(texts: TextNumbers, limits: TimeLimits) {
    this.texts = texts
    this.#limits = limits
  }

  /** Reads the line from `start` to `end`; false when it must be read as JSON. */
  scan(bytes: Buffer, start: number, end: number): boolean {
    this.#reset(bytes)
    let at = skipSpaces(bytes, start, end)
    if (bytes[at] !== OPEN) return false
    at++
    for (let index = 0; ; index++) {
      at = skipSpaces(bytes, at, end)
      let field = this.#fieldLikeLast(index, at, end)
      if (field >= 0) at += this.#nameLengths[index] ?? 0
      else {
        const nameAt = at
        at = this.#readString(bytes, at, end)
        if (at < 0) return false
        field = fieldAt(bytes, this.#start, this.#end)
        at = skipSpaces(bytes, at, end)
        if (bytes[at] !== COLON) return false
        at = skipSpaces(bytes, at + 1, end)
        this.#noteName(index, field, nameAt, at)
      }
      at = this.#readValue(bytes, at, end, field)
      if (at < 0) return false
      at = skipSpaces(bytes, at, end)
      if (bytes[at] === CLOSE) break
      if (bytes[at] !== COMMA || at >= end) return false
      at++
    }
    return skipSpaces(bytes, at + 1, end) === end && this.#isWhole()
  }

  /** The field whose name begins here, when that is written as the last line's was at this place; -1 when it is not. */
  #fieldLikeLast(index: number, at: number, end: number): number {
    if (index >= NAMES) return -1
    const length = this.#nameLengths[index] ?? 0
    if (length === 0 || at + length > end) return -1
    if (!sameBytes(this.#view, this.#nameStarts[index] ?? 0, this.#view, at, length)) return -1
    return this.#nameFields[index] ?? 0
  }

  #noteName(index: number, field: number, start: number, end: number): void {
    if (index >= NAMES) return
    this.#nameStarts[index] = start
    this.#nameLengths[index] = end - start
    this.#nameFields[index] = field
  }

  #reset(bytes: Buffer): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = viewOf(bytes)
      this.#nameLengths.fill(0)
    }
    this.time = Number.NaN
    this.status = 0
    this.durationMicros = Number.NaN
    this.requestBytes = Number.NaN
    this.responseBytes = Number.NaN
    this.organizationId = 0
    this.clientId = 0
    this.clientName = 0
    this.userId = 0
    this.httpMethod = 0
    this.platform = 0
    this.id.set(bytes, 0, 0)
    this.path.set(bytes, 0, 0)
    this.templateUri.set(bytes, 0, 0)
  }

  #isWhole(): boolean {
    const hasRoute = this.path.end > this.path.start || this.templateUri.end > this.templateUri.start
    return isTimeTaken(this.time, this.#limits) && this.httpMethod !== 0 && this.status !== 0 && hasRoute
  }

  /** @returns where the value ends; -1 when it is not a usual one. */
  #readValue(bytes: Buffer, at: number, end: number, field: number): number {
    if (bytes[at] === QUOTE) {
      const after = this.#readString(bytes, at, end)
      return after >= 0 && this.#takeText(bytes, field) ? after : -1
    }
    const after = this.#readNumber(bytes, at, end)
    return after >= 0 && this.#takeNumber(field) ? after : -1
  }

  /** Leaves what is between the quotes in #start and #end. @returns where it goes on behind them, or -1. */
  #readString(bytes: Buffer, at: number, end: number): number {
    if (at >= end || bytes[at] !== QUOTE) return -1
    let index = at + 1
    while (index + 4 <= end && isPlain(this.#view.getInt32(index, true))) index += 4
    while (index < end && PLAIN[bytes[index] ?? 0] === 1) index++
    if (index >= end || bytes[index] !== QUOTE) return -1
    this.#start = at + 1
    this.#end = index
    return index + 1
  }

  /** Leaves a number that is not negative in #number. @returns where it goes on behind it, or -1. */
  #readNumber(bytes: Buffer, at: number, end: number): number {
    let value = 0
    let digits = 0
    let fraction = 0
    let index = at
    for (let pointed = false; index < end; index++) {
      const byte = bytes[index] ?? 0
      if (byte >= ZERO && byte <= NINE) {
        if (!pointed && digits === 1 && value === 0) return -1
        value = value * 10 + (byte - ZERO)
        if (++digits > MOST_DIGITS) return -1
        if (pointed) fraction++
      } else if (byte === POINT && !pointed && digits > 0) {
        pointed = true
      } else break
    }
    const last = bytes[index - 1] ?? 0
    const next = bytes[index] ?? 0
    // An exponent, a minus, a word or a point without a digit behind it.
    if (digits === 0 || last === POINT || !(next === COMMA || next === CLOSE || next === SPACE)) return -1
    this.#number = value / (POWERS[fraction] ?? 1)
    return index
  }

  /** False for a value that is not valid, or not of the usual kind. */
  #takeText(bytes: Buffer, field: number): boolean {
    const start = this.#start
    const end = this.#end
    const length = end - start
    switch (field) {
      case ID:
        this.id.set(bytes, start, end)
        return length >= 1 && length <= LONGEST_ID
      case TIME:
        this.time = timestampAt(bytes, start, end)
        return !Number.isNaN(this.time)
      case PATH:
        this.path.set(bytes, start, end)
        return true
      case TEMPLATE_URI:
        this.templateUri.set(bytes, start, end)
        return true
      case METHOD:
        return this.#takeMethod(bytes, start, end)
      case ORGANIZATION_ID_FIELD:
        this.organizationId = this.texts.numberOfBytes(bytes, start, end)
        return this.#isOrganizationId(this.organizationId)
      case CLIENT_ID:
        this.clientId = this.texts.numberOfBytes(bytes, start, end)
        return length <= DIMENSIONS.clientId.longest
      case CLIENT_NAME:
        this.clientName = this.texts.numberOfBytes(bytes, start, end)
        return length <= DIMENSIONS.clientName.longest
      case USER_ID:
        this.userId = this.texts.numberOfBytes(bytes, start, end)
        return length <= DIMENSIONS.userId.longest
      case PLATFORM:
        this.platform = this.texts.numberOfBytes(bytes, start, end)
        return length <= DIMENSIONS.platform.longest
      case UNKNOWN:
        return true
      default:
        return false
    }
  }

  #isOrganizationId(number: number): boolean {
    if (this.#organizationIds.has(number)) return true
    if (!ORGANIZATION_ID.test(this.texts.texts[number] ?? '')) return false
    this.#organizationIds.add(number)
    return true
  }

  #takeMethod(bytes: Buffer, start: number, end: number): boolean {
    if (end - start > DIMENSIONS.httpMethod.longest) return false
    this.httpMethod = this.texts.numberOfBytes(bytes, start, end)
    if (this.#usualMethods.has(this.httpMethod)) return true
    if (!USUAL_METHODS.has(this.texts.texts[this.httpMethod] ?? '')) return false
    this.#usualMethods.add(this.httpMethod)
    return true
  }

  #takeNumber(field: number): boolean {
    const value = this.#number
    switch (field) {
      case TIME:
        this.time = Math.floor(value)
        return true
      case STATUS:
        this.status = value
        return Number.isInteger(value) && value >= 100 && value <= 599
      case DURATION_MS:
        this.durationMicros = Math.round(value * MICROS_PER_MS)
        return value <= LONGEST_DURATION_MS
      case REQUEST_BYTES:
        this.requestBytes = value
        return Number.isInteger(value)
      case RESPONSE_BYTES:
        this.responseBytes = value
        return Number.isInteger(value)
      case UNKNOWN:
        return true
      default:
        return false
    }
  }
}

/** Where something stands in the bytes; nowhere when start and end are the same. */
class Span {
  bytes: Buffer = Buffer.alloc(0)
  start = 0
  end = 0

  set(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  get text(): string {
    return this.bytes.toString('latin1', this.start, this.end)
  }
}

function skipSpaces(bytes: Buffer, at: number, end: number): number {
  let index = at
  while (index < end && (bytes[index] === SPACE || bytes[index] === 13)) index++
  return index
}

function fieldAt(bytes: Buffer, start: number, end: number): number {
  const length = end - start
  const first = bytes[start] ?? 0
  if (length > 15 || length === 0) return UNKNOWN
  const field = FIELD_BY_START[length * 128 + first] ?? UNKNOWN
  const name = FIELD_BYTES[field]
  if (field === UNKNOWN || name === undefined) return UNKNOWN
  let index = 1
  while (index < length && name[index] === bytes[start + index]) index++
  return index === length ? field : UNKNOWN
}
