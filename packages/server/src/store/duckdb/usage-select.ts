import { MINUTE_MS } from '../../domain/bucket.ts'
import { COUNTERS, DIMENSIONS, type InternedDimension } from '../../domain/catalogue.ts'
import { columnsOf, type UsageQuery, wholeSpan } from '../../domain/usage-query.ts'
import { columnOf } from './columns.ts'
import { comparedTables } from './compared-sql.ts'
import { labelSql, namedClients } from './label-sql.ts'
import {
  countersOf,
  metricSql,
  metricsOf,
  percentilesOf,
  percentileTables,
  storedColumns,
  sumOf,
} from './metric-sql.ts'
import { instantSql, periodJoin, periodSql, periodTable } from './period-sql.ts'
import { filterSql, inScope } from './scope-sql.ts'
import { type Draft, lines, quoted, type UsageSelect } from './select-draft.ts'
import { integer, type Statement } from './sql.ts'
import { hasStatusClass, spread } from './status-class-sql.ts'
import { hasOther, hasTop, IS_OTHER, topTables } from './top-groups-sql.ts'

/**
 * The one statement that answers a usage query, from one snapshot. Identifiers come from our own tables only, values are
 * parameters.
 */
export function usageSelect(select: UsageSelect): Statement {
  const draft = draftOf(select)
  const isCompared = select.query.previous !== undefined
  const tables = [
    ...periodTable(draft),
    ...namedClients(draft),
    ...usageTables(draft),
    ...(percentilesOf(draft.metrics).length > 0 ? latencyTables(draft) : []),
    ...topTables(draft),
    ...(percentilesOf(draft.metrics).length > 0 ? percentileTables(draft) : []),
    `answer AS ${isCompared ? 'MATERIALIZED ' : ''}(${answer(draft)}\n)`,
    ...comparedTables(draft),
  ]
  const columns = columnsOf(select.query).map(quoted).join(', ')
  const ending = `${orderBy(draft)}${limit(draft)}`
  const text = `WITH ${tables.join(', ')}\nSELECT ${columns}\nFROM ${isCompared ? 'compared' : 'answer'}${ending}\n`
  return { text, values: draft.values }
}

const LAST_BUCKET = 2 ** 31 - 1

function draftOf(select: UsageSelect): Draft {
  const { query, periods } = select
  const metrics = metricsOf(query)
  const time = periods.kind === 'none' ? [] : ['"time"']
  return {
    ...select,
    values: {},
    metrics,
    counters: countersOf(metrics, hasStatusClass(query)),
    ids: [...time, 'organization', ...idsOf(query).map(columnOf)],
    keys: [...time, ...query.groupBy.map(quoted), ...(hasOther(select) ? [IS_OTHER] : [])],
    regroups: mayCoincide(select),
    totals: hasTop(select) ? 'folded' : 'totalled',
    slots: hasTop(select) ? 'folded_slots' : 'slots',
  }
}

function idsOf({ groupBy }: UsageQuery): readonly InternedDimension[] {
  const ids = groupBy.filter((name): name is InternedDimension => DIMENSIONS[name].kept === 'interned')
  return groupBy.includes('clientName') && !groupBy.includes('clientId') ? [...ids, 'clientId'] : ids
}

function mayCoincide({ organizations, query: { groupBy, filters } }: UsageSelect): boolean {
  if (organizations.length > 1 && !groupBy.includes('organizationId')) return true
  if (groupBy.includes('clientName') && !groupBy.includes('clientId')) return true
  return filters.statusClass !== undefined && !groupBy.includes('statusClass')
}

type Rollup = 'usage' | 'latency'

/** A column of groups, out of columns of rows; `again` adds up what was added up before. */
interface Sum {
  readonly column: string
  readonly from: readonly string[]
  readonly sum: string
  readonly again: string
}

function sumsOf({ counters }: Draft): readonly Sum[] {
  return counters.map((counter) => {
    const column = columnOf(counter)
    const again = `${COUNTERS[counter].aggregate}(${column})`
    return { column, from: storedColumns(counter), sum: sumOf(counter), again }
  })
}

const SLOT: Sum = { column: 'slot', from: ['slot'], sum: 'slot', again: 'slot' }
const CALLS: Sum = { column: 'calls', from: ['calls'], sum: 'sum(calls)', again: 'sum(calls)' }

/** The counters of each group, by ids and then by text. */
function usageTables(draft: Draft): readonly string[] {
  const sums = sumsOf(draft)
  const again = sums.map(({ column, again }) => (draft.regroups ? `${again} AS ${column}` : column))
  const isSpread = hasStatusClass(draft.query)
  return [
    `counted AS (${grouped(draft, 'usage', sums)}\n)`,
    ...(isSpread ? [`spread AS (${spread(draft)}\n)`] : []),
    `totalled AS ${hasTop(draft) ? 'MATERIALIZED ' : ''}(${byText(draft, isSpread ? 'spread' : 'counted', again)}\n)`,
  ]
}

/** Which slots each group's percentiles lie in. */
function latencyTables(draft: Draft): readonly string[] {
  const again = ['slot', draft.regroups ? 'sum(calls) AS calls' : 'calls']
  return [
    `slotted AS (${grouped(draft, 'latency', [SLOT, CALLS])}\n)`,
    `slots AS (${byText(draft, 'slotted', again)}\n)`,
  ]
}

/** What is sorted and what is not folded yet, grouped by ids. */
function grouped(draft: Draft, rollup: Rollup, sums: readonly Sum[]): string {
  const ids = draft.ids.filter((id) => id !== 'organization' || draft.organizations.length > 1)
  const columns = draft.ids.map((id) => {
    if (id === '"time"') return instantSql(draft)
    return ids.includes(id) ? id : `$organization AS ${id}`
  })
  const groups = hasFewGroups(draft) ? addedUp(draft, rollup, ids, sums) : groupsOf(draft, rollup, ids, sums)
  return lines(`SELECT ${[...columns, ...sums.map(({ column }) => column)].join(', ')}`, `FROM (${groups}`, ')')
}

/**
 * Then each table is grouped by itself: DuckDB knows the values that a table has, not those of a UNION, and few of them
 * are added up in an array, twice as quickly as in a hash table. Many groups would cost twice as much.
 */
function hasFewGroups({ periods, query: { groupBy } }: Draft): boolean {
  return periods.kind === 'none' && !groupBy.includes('userId')
}

function addedUp(draft: Draft, rollup: Rollup, ids: readonly string[], sums: readonly Sum[]): string {
  const [sorted, unfolded] = tablesOf(draft, rollup).map((table) => groupsIn(draft, rollup, table, ids, sums))
  const again = sums.map(({ column, again }) => `${again} AS ${column}`)
  return lines(
    `SELECT ${[...ids, ...again].join(', ')}`,
    `FROM (${sorted}`,
    `  UNION ALL${unfolded}`,
    ')',
    'GROUP BY ALL',
  )
}

function groupsOf(draft: Draft, rollup: Rollup, ids: readonly string[], sums: readonly Sum[]): string {
  const own = ids.filter((id) => id !== '"time"')
  const stored = sums.flatMap(({ from }) => from)
  const columns = [...new Set(['organization', 'bucket', ...own, ...filterSql(draft).columns, ...stored])].join(', ')
  const tables = tablesOf(draft, rollup).map((table) => `SELECT ${columns} FROM ${table}`)
  return groupsIn(draft, rollup, `(${tables.join(' UNION ALL ')})`, ids, sums)
}

const tablesOf = ({ tier }: Draft, rollup: Rollup) => [`${rollup}_${tier}`, `${rollup}_delta`] as const

function groupsIn(draft: Draft, rollup: Rollup, table: string, ids: readonly string[], sums: readonly Sum[]): string {
  const filters = filterSql(draft)
  const span = wholeSpan(draft.query)
  draft.values.start = integer(bucketAt(span.start))
  draft.values.end = integer(bucketAt(span.end))
  const own = ids.filter((id) => id !== '"time"').map((id) => `${rollup}.${id}`)
  const where = [
    inScope(draft, `${rollup}.organization`),
    `${rollup}.bucket >= $start`,
    `${rollup}.bucket < $end`,
    ...filters.conditions,
  ]
  return lines(
    `SELECT ${[...periodSql(draft), ...own, ...sums.map(({ sum, column }) => `${sum} AS ${column}`)].join(', ')}`,
    `FROM ${table} AS ${rollup}`,
    ...periodJoin(draft, rollup),
    ...filters.joins,
    `WHERE ${where.join(' AND ')}`,
    'GROUP BY ALL',
  )
}

/** No bucket that is kept is past what its column can hold, the year 6053, or before 1970. */
export function bucketAt(instant: number): number {
  return Math.max(-LAST_BUCKET, Math.min(instant / MINUTE_MS, LAST_BUCKET))
}

function byText(draft: Draft, from: string, aggregates: readonly string[]): string {
  const { columns, joins } = labelSql(draft, from)
  return lines(
    `SELECT ${[...columns, ...aggregates].join(', ')}`,
    `FROM ${from}`,
    ...joins,
    ...(draft.regroups ? ['GROUP BY ALL'] : []),
  )
}

function answer(draft: Draft): string {
  const metrics = draft.metrics.map((metric) => `${metricSql(metric)} AS ${quoted(metric)}`)
  const using = draft.keys.length === 0 ? 'ON true' : `USING (${draft.keys.join(', ')})`
  return lines(
    `SELECT ${[...draft.keys, ...metrics].join(', ')}`,
    `FROM ${draft.totals}`,
    ...(percentilesOf(draft.metrics).length > 0 ? [`LEFT JOIN percentile ${using}`] : []),
    'WHERE requests > 0',
  )
}

function limit({ query: { maxRows }, values }: Draft): string {
  if (maxRows === undefined) return ''
  values.maxRows = integer(maxRows)
  return '\nLIMIT $maxRows'
}

/** By sortBy, then time, then the dimensions; text by code point, what has no value last; all others end their period. */
function orderBy(draft: Draft): string {
  const { sortBy, granularity, groupBy, metrics } = draft.query
  const keys = [...(granularity === undefined ? [] : ['time']), ...groupBy]
  const sortable = new Set<string>([...keys, ...metrics, ...metricsOf({ metrics: [], sortBy })])
  const asked = sortBy.filter(({ field }) => sortable.has(field))
  const rest = keys.filter((key) => !asked.some(({ field }) => field === key))
  const terms = [
    ...asked.map(({ field, order }) => `${quoted(field)} ${order === 'asc' ? 'ASC' : 'DESC'} NULLS LAST`),
    ...rest.map((key) => `${quoted(key)} ASC`),
  ]
  if (hasOther(draft)) terms.splice(asked[0]?.field === 'time' ? 1 : 0, 0, IS_OTHER)
  return terms.length === 0 ? '' : `\nORDER BY ${terms.join(', ')}`
}
