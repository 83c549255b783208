import { MINUTE_MS } from '../../domain/bucket.ts'
import { parseTimestamp } from '../../domain/timestamp.ts'
import { offsetAt } from '../../domain/zone-offsets.ts'

const MONTHS = new Map(
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map((name, index) => [
    name,
    String(index + 1).padStart(2, '0'),
  ]),
)
/** `01/Oct/2026:00:00:02`, with a fraction (HAProxy) and an offset (nginx; Apache in brackets) or without. */
const COMMON = /^\[?(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d)(\.\d+)?(?: ?(Z|[+-]\d\d:?\d\d))?\]?$/
/** Nearly RFC 3339: slashes, a space, a comma before the fraction, `+0530`, or no zone. */
const NEARLY_RFC_3339 = /^(\d{4}[-/]\d\d[-/]\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d+))?(?: ?(Z|z|UTC|[+-]\d\d:?\d\d))?$/
const NUMBER = /^\d+(?:\.\d+)?$/
/** Numbers up to so many are seconds, then milliseconds, then microseconds, then nanoseconds: 1973 to 5138 in each. */
const [MOST_SECONDS, MOST_MILLIS, MOST_MICROS] = [1e11, 1e14, 1e17]

/**
 * Reads a time as logs write it: RFC 3339 and what is nearly that, the common log format's, HAProxy's, or seconds,
 * milliseconds, microseconds or nanoseconds since 1970, which a number's size tells.
 * @param timeZone an IANA name: where a time is that says no zone (sources.md, "Decided").
 * @returns milliseconds since 1970, with a fraction where there is one; NaN when there is no time.
 */
export function logTime(value: unknown, timeZone: string): number {
  if (typeof value === 'number') return sinceEpoch(value)
  if (typeof value !== 'string') return Number.NaN
  return parseTimestamp(value) ?? otherTime(value, timeZone)
}

function otherTime(text: string, timeZone: string): number {
  if (NUMBER.test(text)) return sinceEpoch(Number(text))
  const common = COMMON.exec(text)
  if (common !== null) {
    const [, day, month = '', year, time, fraction = '', zone] = common
    return inZone(`${year}-${MONTHS.get(month) ?? '00'}-${day}T${time}${fraction}`, zone, timeZone)
  }
  const nearly = NEARLY_RFC_3339.exec(text)
  if (nearly === null) return Number.NaN
  const [, date, time, fraction, zone] = nearly
  return inZone(`${date?.replaceAll('/', '-')}T${time}${fraction === undefined ? '' : `.${fraction}`}`, zone, timeZone)
}

function sinceEpoch(number: number): number {
  if (!(number >= 0)) return Number.NaN
  // Rounded to what is written: 1759276800.123 times 1000 may be a little less.
  if (number < MOST_SECONDS) return Math.round(number * 1e6) / 1000
  if (number < MOST_MILLIS) return number
  return number < MOST_MICROS ? number / 1000 : number / 1e6
}

function inZone(local: string, zone: string | undefined, timeZone: string): number {
  if (zone === undefined) return localTime(parseTimestamp(`${local}Z`) ?? Number.NaN, timeZone)
  const offset = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(-2)}` : 'Z'
  return parseTimestamp(local + offset) ?? Number.NaN
}

/** The zones' changes and their days lie no further apart. */
const LONGEST_OFFSET = 24 * 60 * MINUTE_MS

/**
 * The instant at which a zone's clocks show a local time; of the two in autumn the first, and of a time that spring
 * leaves out what the clocks showed before they were put forward.
 */
function localTime(local: number, timeZone: string): number {
  if (Number.isNaN(local) || timeZone === 'UTC') return local
  const before = local - offsetAt(timeZone, local - LONGEST_OFFSET)
  if (before + offsetAt(timeZone, before) === local) return before
  const after = local - offsetAt(timeZone, local + LONGEST_OFFSET)
  return after + offsetAt(timeZone, after) === local ? after : before
}

/** As `logTime`, for lines that follow each other: they mostly have the same text. */
export function rememberingLogTime(timeZone: string): (text: string) => number {
  let lastText = ''
  let lastTime = Number.NaN
  return (text) => {
    if (text === lastText) return lastTime
    lastText = text
    lastTime = logTime(text, timeZone)
    return lastTime
  }
}
