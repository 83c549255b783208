import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/bucket.ts'
import { parseTimestamp } from '../../domain/timestamp.ts'

/** As long as `2026-11-23`. */
const DATE_LENGTH = 10
const [ZERO, NINE, POINT, COLON, UPPER_T, UPPER_Z] = [48, 57, 46, 58, 84, 90]

/** The date that was read last: events that follow each other are hardly ever of another. */
const lastDate = Buffer.alloc(DATE_LENGTH)
let lastDateAt = Number.NaN

/**
 * Reads an RFC 3339 timestamp in UTC, `2026-11-23T10:00:00Z` or with three digits of a fraction, from ASCII bytes.
 * @returns milliseconds since 1970; NaN for what is written in another way, or is none.
 */
export function timestampAt(bytes: Buffer, start: number, end: number): number {
  const length = end - start
  const isSeparated =
    bytes[start + 10] === UPPER_T &&
    bytes[start + 13] === COLON &&
    bytes[start + 16] === COLON &&
    bytes[end - 1] === UPPER_Z &&
    (length === 20 || (length === 24 && bytes[start + 19] === POINT))
  if (!isSeparated) return Number.NaN
  const hour = digitsAt(bytes, start + 11, 2)
  const minute = digitsAt(bytes, start + 14, 2)
  const second = digitsAt(bytes, start + 17, 2)
  const fraction = length === 24 ? digitsAt(bytes, start + 20, 3) : 0
  // Leap seconds are rare enough to be read elsewhere.
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN
  return dateAt(bytes, start) + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + fraction
}

function dateAt(bytes: Buffer, start: number): number {
  if (isLastDate(bytes, start)) return lastDateAt
  lastDateAt = parseTimestamp(`${bytes.toString('latin1', start, start + DATE_LENGTH)}T00:00:00Z`) ?? Number.NaN
  bytes.copy(lastDate, 0, start, start + DATE_LENGTH)
  return lastDateAt
}

function isLastDate(bytes: Buffer, start: number): boolean {
  for (let index = DATE_LENGTH - 1; index >= 0; index--) {
    if (bytes[start + index] !== lastDate[index]) return false
  }
  return true
}

function digitsAt(bytes: Buffer, at: number, count: number): number {
  let value = 0
  for (let index = at; index < at + count; index++) {
    const byte = bytes[index] ?? 0
    if (byte < ZERO || byte > NINE) return Number.NaN
    value = value * 10 + (byte - ZERO)
  }
  return value
}
