import { DAY_MS, floorTo, HOUR_MS, MINUTE_MS, QUARTER_MS, SECOND_MS } from './bucket.ts'
import type { Granularity, Interval } from './usage-query.ts'
import { isUtc, type OffsetSpan, offsetAt, offsetSpans } from './zone-offsets.ts'

/** From the instant `from` on, buckets belong to the period that is labelled `start`; milliseconds since 1970. */
export interface Period {
  readonly from: number
  readonly start: number
}

/** How local time, written as milliseconds as if it were UTC, is cut into periods. */
interface Calendar {
  /** Where the period that a local time is in starts. */
  startOf(local: number): number
  /** Where the next one starts, given the start of one. */
  next(start: number): number
  /** True for periods that are local dates: the two halves of one that a change of offset cuts are the same period. */
  readonly byDate: boolean
}

const CALENDARS: Readonly<Record<Granularity, Calendar>> = {
  Minute: everyMs(MINUTE_MS),
  Minute15: everyMs(QUARTER_MS),
  Hour: everyMs(HOUR_MS),
  Day: { ...everyMs(DAY_MS), byDate: true },
  Week: { startOf: mondayOf, next: (start) => start + 7 * DAY_MS, byDate: true },
  Month: { startOf: (local) => firstOfMonth(local, 0), next: (start) => firstOfMonth(start, 1), byDate: true },
}

/** The furthest that a period's first instant lies before any instant in it: a month and what offsets can differ. */
const LONGEST_BEFORE_MS = 33 * DAY_MS

/**
 * The local periods that the buckets of an interval fall into, sorted by `from`; the first `from` is interval.start. A
 * bucket belongs wholly to the period of its first instant (decisions.md 10), that is, to the last one whose `from` is
 * not after the bucket's start.
 *
 * `start`, the label, is the period's first instant, which may lie before the interval. A day, week or month is labelled
 * with the first instant of its first date (decisions.md 8: 00:00, or later where that is skipped). The hour that comes
 * twice in autumn is two periods, and where the offset changes within an hour a new one starts at that instant.
 * `start` comes again, and out of order, where a date does: when St John's put its clocks back at 00:01.
 *
 * Time and memory grow with the number of periods: cut the interval to the kept usage first.
 * @throws RangeError when `isTimeZone(timeZone)` is false.
 */
export function periodsOf(interval: Interval, granularity: Granularity, timeZone: string): readonly Period[] {
  const calendar = CALENDARS[granularity]
  const spans = offsetSpans(timeZone, interval.start - LONGEST_BEFORE_MS, interval.end)
  const periods: Period[] = []
  let last: number | undefined
  for (const [index, span] of spans.entries()) {
    const end = Math.min(span.to, interval.end)
    let from = Math.max(span.from, interval.start)
    while (from < end) {
      const local = calendar.startOf(from + span.offset)
      const start = calendar.byDate ? firstInstantOf(local, spans, index) : Math.max(span.from, local - span.offset)
      if (start !== last) periods.push({ from, start })
      last = start
      from = calendar.next(local) - span.offset
    }
  }
  return periods
}

/**
 * An instant as RFC 3339 in a zone: `2026-10-25T02:00:00+02:00`, `2026-10-25T00:00:00Z` for UTC; with milliseconds only
 * where there are some, and a year past 9999 as `+010000`. RFC 3339 has no seconds in offsets, Monrovia had until 1972:
 * then the offset is rounded up and the clock with it, so that the instant is right and a label stays on its date.
 * @throws RangeError when `isTimeZone(timeZone)` is false.
 */
export function formatInstant(ms: number, timeZone: string): string {
  const offset = Math.ceil(offsetAt(timeZone, ms) / MINUTE_MS) * MINUTE_MS
  const local = new Date(ms + offset).toISOString().slice(0, ms % SECOND_MS === 0 ? -'.000Z'.length : -'Z'.length)
  return isUtc(timeZone) ? `${local}Z` : `${local}${formatOffset(offset)}`
}

/** The first instant whose local time is not before `local`, which is at or before the span at `index`. */
function firstInstantOf(local: number, spans: readonly OffsetSpan[], index: number): number {
  let span = spans[index]
  for (let i = index - 1; i >= 0; i--) {
    const before = spans[i]
    if (before === undefined || before.to + before.offset <= local) break
    span = before
  }
  if (span === undefined) throw new Error('a local time outside the spans')
  return Math.max(span.from, local - span.offset)
}

function everyMs(size: number): Calendar {
  return { startOf: (local) => floorTo(local, size), next: (start) => start + size, byDate: false }
}

/** 1970 began on a Thursday, three days after its Monday. */
function mondayOf(local: number): number {
  return floorTo(local + 3 * DAY_MS, 7 * DAY_MS) - 3 * DAY_MS
}

function firstOfMonth(local: number, later: number): number {
  const date = new Date(local)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later)
}

function formatOffset(offset: number): string {
  const minutes = Math.abs(offset) / MINUTE_MS
  const twoDigits = (value: number) => String(value).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`
}
