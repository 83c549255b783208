import { DAY_MS, MINUTE_MS } from '../../domain/bucket.ts'
import type { Scope } from '../../domain/scope.ts'
import { checkCombination, columnsOf, type Interval, type UsageQuery } from '../../domain/usage-query.ts'
import type { ClientName, QueryOptions, UsageResult } from '../usage-store.ts'
import type { ConnectionPool } from './connection-pool.ts'
import { metricsOf } from './metric-sql.ts'
import { planPeriods, tierOf } from './query-plan.ts'
import { Reader } from './reader.ts'
import type { NamedClient, Tenant, UsageSelect } from './select-draft.ts'
import { factsOf } from './snapshot-facts.ts'
import { integers } from './sql.ts'
import type { Tenants } from './tenants.ts'
import { usageSelect } from './usage-select.ts'

/**
 * Answers a usage query from one snapshot, beside whatever is committed meanwhile.
 * @throws Refusal for a metric that is asked for or sorted by with a dimension it is not kept by (decisions.md 12).
 */
export async function answerQuery(
  pool: ConnectionPool,
  tenants: Tenants,
  scope: Scope,
  query: UsageQuery,
  options: QueryOptions = {},
): Promise<UsageResult> {
  checkCombination({ ...query, metrics: metricsOf(query) })
  const columns = columnsOf(query)
  const scoped = inScope(scope, query)
  if (Object.values(scoped.filters).some((values) => values.length === 0)) return { columns, chunks: nothing() }
  const reader = await Reader.open(pool, options.signal)
  try {
    const organizations = await organizationsOf(reader, tenants, scope, scoped)
    const select = await plan(reader, organizations, scoped, options.clientNames ?? [])
    const tier = select?.tier ?? 'day'
    const facts = options.facts ? { facts: await factsOf(reader, organizations, scoped, tier) } : {}
    if (select === undefined) {
      await reader.return()
      return { columns, chunks: nothing(), ...facts }
    }
    await reader.start(usageSelect(select))
    return { columns, chunks: reader, ...facts }
  } catch (error) {
    await reader.return()
    throw error
  }
}

/** A client's scope is a filter that no other filter widens. */
function inScope({ clientId }: Scope, query: UsageQuery): UsageQuery {
  if (clientId === undefined) return query
  const asked = query.filters.clientId ?? [clientId]
  return { ...query, filters: { ...query.filters, clientId: asked.filter((id) => id === clientId) } }
}

/** Those of the scope that are asked about and of which something is kept. */
async function organizationsOf(
  reader: Reader,
  tenants: Tenants,
  scope: Scope,
  query: UsageQuery,
): Promise<readonly Tenant[]> {
  const asked = query.filters.organizationId
  const named = scope.organizationIds.filter((id) => asked === undefined || asked.includes(id))
  return tenants.of(reader, named)
}

/** Undefined when nothing is kept that could answer. */
async function plan(
  reader: Reader,
  organizations: readonly Tenant[],
  query: UsageQuery,
  clientNames: readonly ClientName[],
): Promise<UsageSelect | undefined> {
  if (organizations.length === 0) return undefined
  const periods = await planPeriods(query, () => keptInterval(reader, organizations))
  if (periods.kind === 'list' && periods.list.length === 0) return undefined
  const names = namesIn(organizations, clientNames)
  return { organizations, query, periods, tier: tierOf(query, periods), names }
}

/** Whole days around all that is kept of the organizations. */
async function keptInterval(reader: Reader, organizations: readonly Tenant[]): Promise<Interval> {
  const rows = await reader.rows(
    `SELECT min(bucket), max(bucket) FROM (
      SELECT organization, bucket FROM usage_day UNION ALL SELECT organization, bucket FROM usage_delta
    ) WHERE organization IN (SELECT unnest($organizations))`,
    { organizations: integers(organizations.map(({ id }) => id)) },
  )
  const [first, last] = rows[0] ?? []
  if (typeof first !== 'number' || typeof last !== 'number') return { start: 0, end: 0 }
  const dayOf = (bucket: number) => Math.floor((bucket * MINUTE_MS) / DAY_MS)
  return { start: dayOf(first) * DAY_MS, end: (dayOf(last) + 1) * DAY_MS }
}

function namesIn(organizations: readonly Tenant[], clientNames: readonly ClientName[]): readonly NamedClient[] {
  const ids = new Map(organizations.map(({ id, organizationId }) => [organizationId, id]))
  const names = new Map<string, NamedClient>()
  for (const { organizationId, clientId, name } of clientNames) {
    const organization = ids.get(organizationId)
    if (organization !== undefined) names.set(`${organization} ${clientId}`, { organization, clientId, name })
  }
  return [...names.values()]
}

async function* nothing(): AsyncIterable<never> {}
