import { METRICS, type Metric } from '../../domain/catalogue.ts'
import { previousColumn } from '../../domain/usage-query.ts'
import { STORED_COUNTERS } from './columns.ts'
import { FIRST_LABEL } from './compared-periods.ts'
import { type Draft, lines, quoted } from './select-draft.ts'
import { bigints } from './sql.ts'

/** Puts beside each group of the answer what it was in the interval before; without calls there, counts are 0. */
export function comparedTables(draft: Draft): readonly string[] {
  const { keys, metrics, periods, query, values } = draft
  if (query.previous === undefined || periods.kind !== 'list') return []
  const pairs = periods.pairs ?? []
  values.pairTime = bigints(pairs.map(({ time }) => time))
  values.pairBefore = bigints(pairs.map(({ before }) => before))
  const same = keys.filter((key) => key !== '"time"').map((key) => ` AND earlier.${key} = answer.${key}`)
  const columns = [
    ...[...keys, ...metrics.map(quoted)].map((column) => `answer.${column}`),
    ...query.metrics.map((metric) => `${before(metric)} AS ${quoted(previousColumn(metric))}`),
  ]
  const select = lines(
    `SELECT ${columns.join(', ')}`,
    'FROM answer',
    'LEFT JOIN (SELECT unnest($pairTime) AS "time", unnest($pairBefore) AS before) AS pair ON pair."time" = answer."time"',
    `LEFT JOIN answer AS earlier ON earlier."time" = pair.before${same.join('')}`,
    `WHERE answer."time" >= ${FIRST_LABEL}`,
  )
  return [`compared AS (${select}\n)`]
}

function before(metric: Metric): string {
  const { formula } = METRICS[metric]
  const column = `earlier.${quoted(metric)}`
  const isCount = formula.kind === 'counter' && STORED_COUNTERS[formula.counter] === 'count'
  return isCount ? `coalesce(${column}, 0)` : column
}
