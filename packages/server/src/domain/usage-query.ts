import type { Dimension, Metric } from './catalogue.ts'
import { METRICS } from './catalogue.ts'
import { Refusal } from './refusal.ts'

/** How fine the rows of an answer are. Days, weeks (ISO, Monday first) and months are the time zone's. */
export const GRANULARITIES = ['Minute', 'Minute15', 'Hour', 'Day', 'Week', 'Month'] as const
export type Granularity = (typeof GRANULARITIES)[number]

/** From `start` (inclusive) to `end` (exclusive), milliseconds since 1970, both on whole buckets. */
export interface Interval {
  readonly start: number
  readonly end: number
}

/** A row's order: `time`, a dimension or a metric. Strings sort by code point, a missing value as "". */
export interface SortField {
  readonly field: 'time' | Dimension | Metric
  readonly order: 'asc' | 'desc'
}

/** Only so many groups, the first by `sortBy` (without one: by their names) over the whole interval. */
export interface TopGroups {
  readonly groups: number
  /** Adds up all others, each period by itself, in one more group whose dimensions are `(other)`, last of its period. */
  readonly other: boolean
}

/**
 * What is asked of usage, the same type for every endpoint; plain data, so that it can be kept with an execution.
 * The answer has a row for every group in which there was a call, ordered by `sortBy`, then time, then the dimensions
 * in the order of `groupBy`.
 */
export interface UsageQuery {
  readonly interval: Interval
  /** IANA name. */
  readonly timeZone: string
  /** Without one the whole interval is one period and rows carry no time. */
  readonly granularity: Granularity | undefined
  readonly groupBy: readonly Dimension[]
  readonly metrics: readonly Metric[]
  /** A row passes when for every dimension named here its value is one of these. */
  readonly filters: Readonly<Partial<Record<Dimension, readonly string[]>>>
  readonly sortBy: readonly SortField[]
  /** Each of the first groups is answered with all its periods; means nothing without `groupBy`. */
  readonly top?: TopGroups
  /**
   * The interval before, which ends where `interval` starts: its n-th period stands beside the n-th of `interval`, as
   * one more column for each metric.
   */
  readonly previous?: Interval
  /** The answer ends after so many rows, the first in its order; without it all of them are answered. */
  readonly maxRows?: number
}

/** Refuses a metric with a dimension it is not kept by, naming both (decisions.md 12). */
export function checkCombination(query: Pick<UsageQuery, 'groupBy' | 'metrics' | 'filters'>): void {
  const dimensions = [...query.groupBy, ...(Object.keys(query.filters) as Dimension[])]
  for (const metric of query.metrics) {
    const apart: readonly Dimension[] = METRICS[metric].notBy
    const clash = dimensions.find((dimension) => apart.includes(dimension))
    if (clash === undefined) continue
    throw new Refusal(
      'bad.request',
      'The metric [{metric}] is not kept by [{dimension}]: ask for it without that dimension.',
      {
        metric,
        dimension: clash,
      },
    )
  }
}

/** The columns of an answer, in order: `time` with a granularity, the dimensions, the metrics, those of `previous`. */
export function columnsOf(
  query: Pick<UsageQuery, 'granularity' | 'groupBy' | 'metrics' | 'previous'>,
): readonly string[] {
  const { granularity, groupBy, metrics, previous } = query
  const before = previous === undefined ? [] : metrics.map(previousColumn)
  return [...(granularity === undefined ? [] : ['time']), ...groupBy, ...metrics, ...before]
}

/** The column with what a metric was in the interval before. */
export function previousColumn(metric: Metric): string {
  return `previous.${metric}`
}

/** From the start of the interval before, where there is one, to the end of the one that is asked about. */
export function wholeSpan({ interval, previous }: Pick<UsageQuery, 'interval' | 'previous'>): Interval {
  return { start: previous?.start ?? interval.start, end: interval.end }
}
