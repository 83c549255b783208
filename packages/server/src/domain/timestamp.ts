import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './bucket.ts'
import { isFollowedByLeapSecond } from './leap-second.ts'

/** As long as `2026-11-23T10:00:00`: from here on come a fraction, if any, and the offset. */
const SECONDS_LENGTH = 19
const [PLUS, DASH, POINT, ZERO, COLON, LOWER_T, LOWER_Z] = [43, 45, 46, 48, 58, 116, 122]
/** An ASCII letter with this bit set is its lower case. */
const LOWER_CASE = 32
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * Reads an RFC 3339 timestamp: date, time, and `Z` or an offset, `T` and `Z` in either case. A second 60 counts as
 * :59.999, and only where there was a leap second. Every year of four digits is read; which ones are allowed is the
 * caller's rule. It goes by character codes and makes no garbage, because every event that comes in passes here.
 * @returns milliseconds since 1970, what is finer cut off; undefined for everything else, impossible dates included.
 */
export function parseTimestamp(text: string): number | undefined {
  const date = readDate(text)
  const time = readTime(text)
  const zoneAt = text.charCodeAt(SECONDS_LENGTH) === POINT ? digitsEnd(text, SECONDS_LENGTH + 1) : SECONDS_LENGTH
  const offset = readOffset(text, zoneAt)
  if (Number.isNaN(date + time + offset) || zoneAt === SECONDS_LENGTH + 1) return undefined
  const second = date + time - offset
  if (number(text, 17, 2) < 60) return second + milliseconds(text, zoneAt)
  return isFollowedByLeapSecond(second - SECOND_MS) ? second - 1 : undefined
}

/** Milliseconds from 1970 to the date at the start; NaN when there is none. */
function readDate(text: string): number {
  const year = number(text, 0, 4)
  const month = number(text, 5, 2)
  const day = number(text, 8, 2)
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return Number.NaN
  return day >= 1 && day <= daysInMonth(year, month) ? daysSince1970(year, month, day) * DAY_MS : Number.NaN
}

/** Milliseconds from midnight to the time after the date, second 60 included; NaN when there is none. */
function readTime(text: string): number {
  const hour = number(text, 11, 2)
  const minute = number(text, 14, 2)
  const second = number(text, 17, 2)
  const separated =
    (text.charCodeAt(10) | LOWER_CASE) === LOWER_T && text.charCodeAt(13) === COLON && text.charCodeAt(16) === COLON
  if (!separated || !(hour <= 23 && minute <= 59 && second <= 60)) return Number.NaN
  return hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS
}

/** The offset that makes up the rest of the text, in milliseconds; NaN when the rest is none. */
function readOffset(text: string, at: number): number {
  const sign = text.charCodeAt(at)
  if ((sign | LOWER_CASE) === LOWER_Z) return text.length === at + 1 ? 0 : Number.NaN
  const hour = number(text, at + 1, 2)
  const minute = number(text, at + 4, 2)
  const formed = (sign === PLUS || sign === DASH) && text.charCodeAt(at + 3) === COLON && text.length === at + 6
  if (!formed || !(hour <= 23 && minute <= 59)) return Number.NaN
  return (sign === DASH ? -1 : 1) * (hour * HOUR_MS + minute * MINUTE_MS)
}

/** The first three digits after the point, as if there were three. */
function milliseconds(text: string, end: number): number {
  const count = Math.min(3, end - SECONDS_LENGTH - 1)
  return count <= 0 ? 0 : number(text, SECONDS_LENGTH + 1, count) * 10 ** (3 - count)
}

/** The number that `count` digits write; NaN when one of them is something else. */
function number(text: string, at: number, count: number): number {
  let value = 0
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - ZERO
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

function digitsEnd(text: string, at: number): number {
  let end = at
  while (text.charCodeAt(end) >= ZERO && text.charCodeAt(end) <= ZERO + 9) end++
  return end
}

/** 0 for what is no month. */
function daysInMonth(year: number, month: number): number {
  const leapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && leapYear ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0)
}

/** Counts years from March, so that the leap day is a year's last (H. Hinnant, days_from_civil). */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leapDays + dayOfYear - 719_468
}
