import { Temporal } from 'temporal-polyfill'
import { type Edge, finerPart, startOfDay, type Wrong } from './interval-side.ts'

const DURATION =
  /^P(?=T?\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d+))?S)?)?$/i
const FIRST_DATE = new Temporal.PlainDate(1970, 1, 1)
const DATE_AFTER_LAST = new Temporal.PlainDate(10_000, 1, 1)

/** Which way from the side that is given: a duration on the right is `after` the start, one on the left `before` the end. */
type Direction = 'after' | 'before'

/** True for a side that is meant as a duration, whether it is a right one or not. */
export function isDuration(side: string): boolean {
  return /^[+-]?P/i.test(side)
}

/**
 * The edge that lies an ISO 8601 duration away from another: years, months, weeks and days by the calendar of the time
 * zone, hours, minutes and seconds as time that passes. A month's 31st becomes the last day of a shorter month.
 * @param timeZone IANA name or an offset like `+05:30`.
 */
export function moveByDuration(edge: Edge, direction: Direction, text: string, timeZone: string, wrong: Wrong): Edge {
  const { units, fraction } = readUnits(text, wrong)
  const from = Temporal.Instant.fromEpochMilliseconds(edge.ms).toZonedDateTimeISO(timeZone)
  try {
    const duration = new Temporal.Duration(...units, Number(fraction.slice(0, 3).padEnd(3, '0')))
    const to = direction === 'after' ? from.add(duration) : from.subtract(duration)
    const finer = edge.finer + (direction === 'after' ? 1 : -1) * finerPart(fraction)
    const moved = withFiner(to.epochMilliseconds, finer)
    const [first, end] = [startOfDay(FIRST_DATE, timeZone).ms, startOfDay(DATE_AFTER_LAST, timeZone).ms]
    if (moved.ms >= first && moved.ms + Math.ceil(moved.finer) <= end) return moved
  } catch (error) {
    // Temporal's own limits are far beyond ours.
    if (!(error instanceof RangeError)) throw error
  }
  throw wrong('the duration leads out of the years 1970 to 9999')
}

/** Years, months, weeks, days, hours, minutes and seconds, and the digits after the decimal sign. */
function readUnits(text: string, wrong: Wrong): { units: readonly number[]; fraction: string } {
  if (text.startsWith('-')) throw wrong('a duration cannot be negative')
  const [matched, ...parts] = DURATION.exec(text) ?? []
  if (matched === undefined) throw wrong('the duration is not one like P7D, P1M or PT12H30M')
  if (!/[1-9]/.test(matched)) throw wrong('the duration is zero')
  return { units: parts.slice(0, 7).map((digits) => Number(digits ?? 0)), fraction: parts[7] ?? '' }
}

function withFiner(ms: number, finer: number): Edge {
  const whole = Math.floor(finer)
  return { ms: ms + whole, finer: finer - whole }
}
