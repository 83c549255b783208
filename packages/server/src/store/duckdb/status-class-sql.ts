import type { Counter } from '../../domain/catalogue.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import { columnOf } from './columns.ts'
import { STATUS_COUNTERS } from './metric-sql.ts'
import { type Draft, lines } from './select-draft.ts'
import { texts } from './sql.ts'

export function hasStatusClass({ groupBy, filters }: UsageQuery): boolean {
  return groupBy.includes('statusClass') || filters.statusClass !== undefined
}

const CLASSES: Readonly<Record<string, Counter>> = {
  '2xx': 'status200',
  '3xx': 'status300',
  '4xx': 'status400',
  '5xx': 'status500',
}

/** Turns a group's counters into a row for each class of which there were calls; 1xx is what the others leave. */
export function spread(draft: Draft): string {
  const { filters } = draft.query
  const others = Object.values(CLASSES).map(columnOf).join(' - ')
  const branches = Object.entries(CLASSES).map(([name, counter]) => `WHEN '${name}' THEN ${columnOf(counter)}`)
  const requests = `CASE name ${branches.join(' ')} ELSE requests - ${others} END AS requests`
  const kept = STATUS_COUNTERS.map((counter) => {
    const column = columnOf(counter)
    return `CASE WHEN name = '${counter === 'status429' ? '4xx' : classOf(counter)}' THEN ${column} ELSE 0 END AS ${column}`
  })
  if (filters.statusClass !== undefined) draft.values.statusClass = texts(filters.statusClass)
  const inner = lines(
    `SELECT ${[...draft.ids, 'name AS "statusClass"', requests, ...kept].join(', ')}`,
    "FROM counted, (VALUES ('1xx'), ('2xx'), ('3xx'), ('4xx'), ('5xx')) AS class(name)",
    ...(filters.statusClass === undefined ? [] : ['WHERE name IN (SELECT unnest($statusClass))']),
  )
  return lines(`FROM (${inner}\n  )`, 'WHERE requests > 0')
}

function classOf(counter: Counter): string | undefined {
  return Object.entries(CLASSES).find(([, name]) => name === counter)?.[0]
}
