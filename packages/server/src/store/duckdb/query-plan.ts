import { DAY_MS, HOUR_MS, MINUTE_MS, QUARTER_MS } from '../../domain/bucket.ts'
import type { Dimension } from '../../domain/catalogue.ts'
import { type Period, periodsOf } from '../../domain/periods.ts'
import { type Interval, type UsageQuery, wholeSpan } from '../../domain/usage-query.ts'
import { isUtc } from '../../domain/zone-offsets.ts'
import { comparedPeriods, type PeriodPair } from './compared-periods.ts'

/** How buckets are put into periods; all in milliseconds. */
export type Periods =
  | { readonly kind: 'none' }
  /** Periods of one size, each beginning where (instant - phase) divides by it. */
  | { readonly kind: 'grid'; readonly size: number; readonly phase: number }
  /** `within` is the part of the interval that may have rows; the first run is from its start. */
  | {
      readonly kind: 'list'
      readonly list: readonly Run[]
      readonly within: Interval
      /** With an interval before: which of its periods stands beside which. */
      readonly pairs?: readonly PeriodPair[]
    }

/** From the instant `from` on periods start at `start`, `start + step`, and so on up to `last`, which may be longer. */
export interface Run extends Period {
  readonly step: number
  readonly last: number
}

/** Which sorted rollup answers: `day` has one row where `fine` has up to 96 or 1,440, and no users. */
export type Tier = 'fine' | 'day'

const SIZES = {
  Minute: MINUTE_MS,
  Minute15: QUARTER_MS,
  Hour: HOUR_MS,
  Day: DAY_MS,
  Week: 7 * DAY_MS,
  Month: undefined,
} as const
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY = 4 * DAY_MS

/**
 * The periods of a query. A zone's are listed, unless they lie on a grid.
 * @param kept from the first to the end of the last kept day; a list that might be long is no longer than that.
 */
export async function planPeriods(query: UsageQuery, kept: () => Promise<Interval>): Promise<Periods> {
  const { granularity, timeZone, interval } = query
  if (query.previous !== undefined) {
    const within = overlap(wholeSpan(query), await kept())
    const { list, pairs } = comparedPeriods(interval, query.previous, granularity, timeZone)
    const runs = within.start < within.end ? list.map((period) => ({ ...period, step: ONCE, last: period.start })) : []
    return { kind: 'list', list: runs, within, pairs }
  }
  if (granularity === undefined) return { kind: 'none' }
  const size = SIZES[granularity]
  if (size !== undefined && isUtc(timeZone)) {
    return { kind: 'grid', size, phase: granularity === 'Week' ? FIRST_MONDAY : 0 }
  }
  const within = mayBeLong(interval, size) ? overlap(interval, await kept()) : interval
  const list = within.start < within.end ? runsOf(periodsOf(within, granularity, timeZone), size !== undefined) : []
  return asGrid(list, within.end) ?? { kind: 'list', list, within }
}

/** So many periods are listed in less time than it takes to look up what is kept. */
const PERIODS_LISTED = 10_000

function mayBeLong({ start, end }: Interval, size: number = 28 * DAY_MS): boolean {
  return (end - start) / size > PERIODS_LISTED
}

function overlap(one: Interval, other: Interval): Interval {
  return { start: Math.max(one.start, other.start), end: Math.min(one.end, other.end) }
}

/** A longer step than any interval: a run of one period. */
const ONCE = 2 ** 52

/**
 * Periods that follow each other at one distance are one run: a zone's hours of ten years are some twenty of them.
 * @param isEven false for months, of which two may happen to be as long.
 */
function runsOf(list: readonly Period[], isEven: boolean): readonly Run[] {
  const runs: { from: number; start: number; step: number; last: number }[] = []
  for (const [index, { from, start }] of list.entries()) {
    const run = runs.at(-1)
    const before = list[index - 1]
    const step = before === undefined ? 0 : start - before.start
    const follows =
      isEven && run !== undefined && from === start && step > 0 && (run.step === step || run.step === ONCE)
    if (follows) Object.assign(run, { step, last: start })
    else runs.push({ from, start, step: ONCE, last: start })
  }
  return runs
}

/** A single run needs no table of periods to be joined: most zones' hours, any zone's minutes. */
function asGrid(runs: readonly Run[], end: number): Periods | undefined {
  const [only] = runs
  if (runs.length !== 1 || only === undefined || only.step === ONCE || only.start < 0) return undefined
  if (end - only.last > only.step) return undefined
  return { kind: 'grid', size: only.step, phase: only.start % only.step }
}

/** The coarsest tier that answers exactly: for `day` no edge may lie inside a UTC day, and no user be told apart. */
export function tierOf(query: UsageQuery, periods: Periods): Tier {
  const asked = [...query.groupBy, ...(Object.keys(query.filters) as Dimension[])]
  const { start, end } = wholeSpan(query)
  const edges = [start, end, ...edgesOf(periods)]
  return !asked.includes('userId') && edges.every((edge) => edge % DAY_MS === 0) ? 'day' : 'fine'
}

function edgesOf(periods: Periods): readonly number[] {
  if (periods.kind === 'none') return []
  if (periods.kind === 'grid') return [periods.size, periods.phase]
  return periods.list.flatMap(({ from, start, step }) => (step === ONCE ? [from] : [from, start, step]))
}
