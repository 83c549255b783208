import {
  COUNTERS,
  type Counter,
  METRIC_NAMES,
  METRICS,
  type Metric,
  type MetricFormula,
} from '../../domain/catalogue.ts'
import { EXACT_SLOTS, SUB_BUCKETS } from '../../domain/histogram.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import { columnOf, HIGH, STORED_COUNTERS } from './columns.ts'
import { type Draft, lines } from './select-draft.ts'

const formulaOf = (metric: Metric): MetricFormula => METRICS[metric].formula

/** What is asked for, and what is only sorted by. */
export function metricsOf({ metrics, sortBy }: Pick<UsageQuery, 'metrics' | 'sortBy'>): readonly Metric[] {
  const sorted = METRIC_NAMES.filter((name) => sortBy.some(({ field }) => field === name))
  return [...new Set([...metrics, ...sorted])]
}

/** The counters that metrics are made of; requests tells which groups there are. */
export function countersOf(metrics: readonly Metric[], hasStatusClass: boolean): readonly Counter[] {
  const counters = new Set<Counter>(['requests'])
  if (hasStatusClass) for (const name of STATUS_COUNTERS) counters.add(name)
  for (const metric of metrics) {
    const formula = formulaOf(metric)
    if (formula.kind === 'counter') counters.add(formula.counter)
    if (formula.kind === 'ratio') for (const name of [...formula.parts, formula.of]) counters.add(name)
    if (formula.kind === 'percentile') counters.add('durationMaxMicros')
  }
  return [...counters]
}

export const STATUS_COUNTERS = ['status200', 'status300', 'status400', 'status429', 'status500'] as const

export function storedColumns(counter: Counter): readonly string[] {
  const column = columnOf(counter)
  return STORED_COUNTERS[counter] === 'wide' ? [column, `${column}_high`] : [column]
}

/** A counter of a group of rows; sums have 128 bits. */
export function sumOf(counter: Counter): string {
  const column = columnOf(counter)
  const total = `${COUNTERS[counter].aggregate}(${column})`
  return STORED_COUNTERS[counter] === 'wide' ? `${total} + sum(${column}_high) * ${HIGH}` : total
}

/** A metric of a group whose counters are added up; averages and ratios divide once, here. */
export function metricSql(metric: Metric): string {
  const formula = formulaOf(metric)
  if (formula.kind === 'percentile') return percentileSql(metric)
  const divideBy = formula.divideBy ?? 1
  if (formula.kind === 'ratio') {
    const of = divideBy === 1 ? columnOf(formula.of) : `(${columnOf(formula.of)} * ${divideBy})`
    return `(${formula.parts.map(columnOf).join(' + ')})::DOUBLE / nullif(${of}, 0)::DOUBLE`
  }
  const column = columnOf(formula.counter)
  if (divideBy !== 1) return `${column}::DOUBLE / ${divideBy}`
  return STORED_COUNTERS[formula.counter] === 'count' ? `${column}::BIGINT` : column
}

export function percentilesOf(metrics: readonly Metric[]): readonly Metric[] {
  return metrics.filter((metric) => formulaOf(metric).kind === 'percentile')
}

/** Nearest rank: the first slot at which fraction * calls are reached. Fractions have at most six digits. */
const SCALE = 1_000_000

/** @param name what the table of percentiles is called. */
export function percentileTables(
  { metrics, keys, slots: from }: Pick<Draft, 'metrics' | 'keys' | 'slots'>,
  name = 'percentile',
): readonly string[] {
  const partition = keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')}`
  const slots = percentilesOf(metrics).map((metric) => {
    const formula = formulaOf(metric)
    const fraction = formula.kind === 'percentile' ? Math.round(formula.fraction * SCALE) : 0
    return `min(slot) FILTER (reached * ${SCALE} >= calls_of_group * ${fraction}) AS ${slotColumn(metric)}`
  })
  const reached = lines(
    `SELECT ${[...keys, 'slot'].join(', ')},`,
    `  sum(calls) OVER (${partition} ORDER BY slot) AS reached, sum(calls) OVER (${partition}) AS calls_of_group`,
    `FROM ${from}`,
  )
  const reachedName = name === 'percentile' ? 'reached' : `reached_${name}`
  return [
    `${reachedName} AS (${reached}\n)`,
    `${name} AS (${lines(`SELECT ${[...keys, ...slots].join(', ')}`, `FROM ${reachedName}`, 'GROUP BY ALL')}\n)`,
  ]
}

const slotColumn = (metric: Metric) => `${metric.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_slot`

/** The slot's value as domain/histogram.ts has it, but no more than the longest call took. */
function percentileSql(metric: Metric): string {
  const slot = slotColumn(metric)
  const middle = `(2 * (${slot} % ${SUB_BUCKETS} + ${SUB_BUCKETS}) + 1)::BIGINT << (${slot} // ${SUB_BUCKETS} - 2)`
  const micros = `CASE WHEN ${slot} < ${EXACT_SLOTS} THEN ${slot} ELSE ${middle} END`
  return `CASE WHEN ${slot} IS NOT NULL THEN least(${micros}, duration_max_micros)::DOUBLE / 1000 END`
}
