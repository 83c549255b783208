import { Temporal } from 'temporal-polyfill'
import { ceilTo, floorTo, MINUTE_MS, QUARTER_MS } from './bucket.ts'
import { minuteHorizon } from './interval.ts'
import type { Interval } from './usage-query.ts'

export interface ComparedIntervals {
  readonly interval: Interval
  /** Ends where `interval` starts. */
  readonly previous: Interval
}

/**
 * An interval with the one before it: of whole months of the zone as many months, of whole days as many days, else as
 * much time. Both on whole buckets: where the one before starts earlier than minutes are kept, both are widened to
 * quarters of an hour (decisions.md 9).
 * @param now when the query was submitted, milliseconds since 1970.
 */
export function comparedIntervals(interval: Interval, timeZone: string, now: number): ComparedIntervals {
  const horizon = minuteHorizon(now)
  const isWide = startBefore(interval, timeZone) < horizon
  const size = isWide ? QUARTER_MS : MINUTE_MS
  const start = floorTo(interval.start, size)
  const end = ceilTo(interval.end, size)
  return {
    interval: { start, end },
    previous: { start: floorTo(startBefore({ start, end }, timeZone), size), end: start },
  }
}

function startBefore({ start, end }: Interval, timeZone: string): number {
  const first = dateStartingAt(start, timeZone)
  const last = dateStartingAt(end, timeZone)
  if (first === undefined || last === undefined) return start - (end - start)
  const isMonths = first.day === 1 && last.day === 1
  const length = first.until(last, { largestUnit: isMonths ? 'month' : 'day' })
  const before = first.subtract(isMonths ? { months: length.months } : { days: length.days })
  return before.toZonedDateTime(timeZone).epochMilliseconds
}

/** The date whose first instant this is, in the zone. */
function dateStartingAt(instant: number, timeZone: string): Temporal.PlainDate | undefined {
  const at = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone)
  return at.startOfDay().epochMilliseconds === instant ? at.toPlainDate() : undefined
}
