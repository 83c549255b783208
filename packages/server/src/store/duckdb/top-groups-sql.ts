import { COUNTERS, METRICS, type Metric, OTHER } from '../../domain/catalogue.ts'
import { columnOf } from './columns.ts'
import { FIRST_LABEL } from './compared-periods.ts'
import { metricSql, metricsOf, percentilesOf, percentileTables } from './metric-sql.ts'
import { type Draft, lines, quoted } from './select-draft.ts'
import { integer, text } from './sql.ts'

/** True where the answer has the first groups only. */
export function hasTop({ query: { top, groupBy } }: Pick<Draft, 'query'>): boolean {
  return top !== undefined && groupBy.length > 0
}

/** True where the other groups are one more. */
export function hasOther(draft: Pick<Draft, 'query'>): boolean {
  return hasTop(draft) && draft.query.top?.other === true
}

/** The column that keeps all the others apart from a group that is named like them. */
export const IS_OTHER = 'is_other'

/**
 * Finds the first groups over the whole interval, and makes of `totalled` and `slots` the tables that have those alone,
 * or all the others added up beside them. What is added up are counters, so that the sum is exact for every metric.
 */
export function topTables(draft: Draft): readonly string[] {
  if (!hasTop(draft)) return []
  const hasSlots = percentilesOf(draft.metrics).length > 0
  const again = draft.counters.map((counter) => {
    return `${COUNTERS[counter].aggregate}(${columnOf(counter)}) AS ${columnOf(counter)}`
  })
  const slotsAgain = ['slot', 'sum(calls) AS calls']
  return [
    `whole AS (${overTime(draft, 'totalled', again)}\n)`,
    ...(ranksBySlots(draft) ? slotsOfWhole(draft, slotsAgain) : []),
    `first_groups AS MATERIALIZED (${firstGroups(draft)}\n)`,
    `folded AS ${folded(draft, 'totalled', again)}`,
    ...(hasSlots ? [`folded_slots AS ${folded(draft, 'slots', slotsAgain)}`] : []),
  ]
}

const dimensionsOf = ({ query: { groupBy } }: Draft) => groupBy.map(quoted)

/** Groups of the interval itself without their periods: of the interval before nothing counts here. */
function overTime(draft: Draft, from: string, aggregates: readonly string[]): string {
  return lines(
    `SELECT ${[...dimensionsOf(draft), ...aggregates].join(', ')}`,
    `FROM ${from}`,
    ...(draft.query.previous === undefined ? [] : [`WHERE "time" >= ${FIRST_LABEL}`]),
    'GROUP BY ALL',
  )
}

function rankingMetrics({ query: { sortBy } }: Draft): readonly Metric[] {
  return metricsOf({ metrics: [], sortBy })
}

function ranksBySlots(draft: Draft): boolean {
  return percentilesOf(rankingMetrics(draft)).length > 0
}

function slotsOfWhole(draft: Draft, aggregates: readonly string[]): readonly string[] {
  const whole = { metrics: rankingMetrics(draft), keys: dimensionsOf(draft), slots: 'whole_slots' }
  return [
    `whole_slots AS (${overTime(draft, 'slots', aggregates)}\n)`,
    ...percentileTables(whole, 'percentile_of_whole'),
  ]
}

function firstGroups(draft: Draft): string {
  const { groupBy, sortBy, top } = draft.query
  const asked = sortBy.flatMap(({ field, order }) => {
    const direction = order === 'asc' ? 'ASC' : 'DESC'
    if (Object.hasOwn(METRICS, field)) return `${metricSql(field as Metric)} ${direction} NULLS LAST`
    return groupBy.some((name) => name === field) ? `${quoted(field)} ${direction}` : []
  })
  const rest = groupBy
    .filter((name) => !sortBy.some(({ field }) => field === name))
    .map((name) => `${quoted(name)} ASC`)
  draft.values.groups = integer(top?.groups ?? 0)
  const dimensions = dimensionsOf(draft).join(', ')
  return lines(
    `SELECT ${dimensions}`,
    'FROM whole',
    ...(ranksBySlots(draft) ? [`LEFT JOIN percentile_of_whole USING (${dimensions})`] : []),
    'WHERE requests > 0',
    `ORDER BY ${[...asked, ...rest].join(', ')}`,
    'LIMIT $groups',
  )
}

function folded(draft: Draft, from: string, aggregates: readonly string[]): string {
  const dimensions = dimensionsOf(draft)
  const using = `USING (${dimensions.join(', ')})`
  if (!hasOther(draft)) return `(${lines(`FROM ${from}`, `SEMI JOIN first_groups ${using}`)}\n)`
  draft.values.other = text(OTHER)
  const time = draft.periods.kind === 'none' ? [] : ['"time"']
  const named = dimensions.map((name) => `CASE WHEN is_first THEN ${name} ELSE $other END AS ${name}`)
  const columns = [...time, ...named, `is_first IS NULL AS ${IS_OTHER}`, ...aggregates]
  const select = lines(
    `SELECT ${columns.join(', ')}`,
    `FROM ${from}`,
    `LEFT JOIN (SELECT *, true AS is_first FROM first_groups) ${using}`,
    'GROUP BY ALL',
  )
  return `(${select}\n)`
}
