import { ceilTo, MINUTE_MS, QUARTER_MS } from '../../domain/bucket.ts'
import { type Period, periodsOf } from '../../domain/periods.ts'
import type { Granularity, Interval } from '../../domain/usage-query.ts'

/** A period's label and that of the one in the interval before which stands beside it, as the rows have them. */
export interface PeriodPair {
  readonly time: number
  readonly before: number
}

/**
 * Labels of the interval before are moved so far back that none is one of the interval's: a week or month that both have
 * a part of begins at one instant in both.
 */
const MOVED_BACK = 2 ** 50

/** Rows with a label from here on are the interval's own. */
export const FIRST_LABEL = -(2 ** 49)

/** The periods of an interval and of the one before it, in one list, and the n-th of the one with the n-th of the other. */
export function comparedPeriods(
  interval: Interval,
  previous: Interval,
  granularity: Granularity | undefined,
  timeZone: string,
): { readonly list: readonly Period[]; readonly pairs: readonly PeriodPair[] } {
  const own = periodsIn(interval, granularity, timeZone)
  const before = periodsIn(previous, granularity, timeZone).map(({ from, start }) => ({
    from,
    start: start - MOVED_BACK,
  }))
  const labelsBefore = labelsOf(before)
  const pairs = labelsOf(own).flatMap((time, index) => {
    const label = labelsBefore[index]
    return label === undefined ? [] : [{ time, before: label }]
  })
  return { list: [...before, ...own], pairs }
}

function periodsIn(interval: Interval, granularity: Granularity | undefined, timeZone: string): readonly Period[] {
  if (granularity === undefined) return [{ from: interval.start, start: interval.start }]
  const bucket = granularity === 'Minute' ? MINUTE_MS : QUARTER_MS
  const periods = periodsOf(interval, granularity, timeZone)
  // Where clocks change off the quarter hour there is a period in which no bucket begins.
  return periods.filter(({ from }, index) => {
    const until = periods[index + 1]?.from ?? interval.end
    return index === 0 || ceilTo(from, bucket) < until
  })
}

/** Each once: a date that a change of offset cuts is one period. */
function labelsOf(periods: readonly Period[]): readonly number[] {
  return [...new Set(periods.map(({ start }) => start))]
}
