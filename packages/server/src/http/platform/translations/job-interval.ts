import { DAY_MS, floorTo } from '../../../domain/bucket.ts'
import { parseInterval } from '../../../domain/interval.ts'
import { Refusal, shown } from '../../../domain/refusal.ts'
import type { Interval } from '../../../domain/usage-query.ts'

const MOST_DAYS_LATER = 90

/**
 * The interval of a job, which starts at most a year ago and whose end date is at most 90 days after its start date
 * (wire.md §2). Dates are UTC; the end date is the last one of which the interval has something.
 * @throws Refusal invalid.date for another one.
 */
export function parseJobInterval(text: string, now: number): Interval {
  const interval = parseInterval(text, { timeZone: 'UTC', now })
  const first = floorTo(interval.start, DAY_MS)
  const last = floorTo(interval.end - 1, DAY_MS)
  const earliest = yearBefore(now)
  const latest = first + MOST_DAYS_LATER * DAY_MS
  if (first < earliest) {
    throw refusal(text, `it starts on ${dateOf(first)}, and may start a year ago at most, on ${dateOf(earliest)}`)
  }
  if (last > latest) {
    const limit = `${MOST_DAYS_LATER} days after its first day at most, on ${dateOf(latest)}`
    throw refusal(text, `it ends on ${dateOf(last)}, and may end ${limit}`)
  }
  return interval
}

/** The same date in the year before, the 28th for the 29th of February. */
function yearBefore(now: number): number {
  const today = new Date(now)
  const [year, month, day] = [today.getUTCFullYear() - 1, today.getUTCMonth(), today.getUTCDate()]
  return Math.min(Date.UTC(year, month, day), Date.UTC(year, month + 1, 0))
}

function refusal(text: string, problem: string): Refusal {
  return new Refusal('invalid.date', 'The field [interval] is [{value}]: {problem}.', { value: shown(text), problem })
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
