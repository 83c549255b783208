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

/** The columns of an answer, in order: `time` with a granularity, then the dimensions, then the metrics. */
export function columnsOf(query: Pick<UsageQuery, 'granularity' | 'groupBy' | 'metrics'>): readonly string[] {
  return [...(query.granularity === undefined ? [] : ['time']), ...query.groupBy, ...query.metrics]
}
