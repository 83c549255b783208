import type { Dimension } from '../../domain/catalogue.ts'
import { columnOf, DIMENSION_CODES } from './columns.ts'
import { inScope } from './scope-sql.ts'
import { type Draft, lines, quoted } from './select-draft.ts'
import { integers, texts } from './sql.ts'

interface LabelSql {
  /** The answer's keys, as text. */
  readonly columns: readonly string[]
  readonly joins: readonly string[]
}

/** Turns the ids of a table's groups into what they stand for. */
export function labelSql(draft: Draft, from: string): LabelSql {
  const each = draft.query.groupBy.map((dimension) => labelOf(draft, from, dimension))
  const time = draft.periods.kind === 'none' ? [] : ['"time"']
  return { columns: [...time, ...each.map(({ column }) => column)], joins: each.flatMap(({ join }) => join) }
}

function labelOf(draft: Draft, from: string, dimension: Dimension): { column: string; join: readonly string[] } {
  const name = quoted(dimension)
  if (dimension === 'organizationId') {
    draft.values.organizations = integers(draft.organizations.map(({ id }) => id))
    draft.values.organizationIds = texts(draft.organizations.map(({ organizationId }) => organizationId))
    const tenants = 'SELECT unnest($organizations) AS organization, unnest($organizationIds) AS organization_id'
    return {
      column: `tenant.organization_id AS ${name}`,
      join: [`JOIN (${tenants}) AS tenant ON tenant.organization = ${from}.organization`],
    }
  }
  if (dimension === 'clientName') {
    const on = `named.organization = ${from}.organization AND named.client_id = ${from}.client_id`
    return { column: `coalesce(named.name, '') AS ${name}`, join: [`LEFT JOIN named ON ${on}`] }
  }
  if (dimension === 'statusClass') return { column: `${from}.${name}`, join: [] }
  const alias = `${columnOf(dimension)}_value`
  const on =
    `${alias}.organization = ${from}.organization AND ${alias}.dimension = ${DIMENSION_CODES[dimension]} ` +
    `AND ${alias}.id = ${from}.${columnOf(dimension)}`
  return { column: `coalesce(${alias}.value, '') AS ${name}`, join: [`LEFT JOIN dimension_value AS ${alias} ON ${on}`] }
}

/** The names of clients: as registered, else as the latest event that had one gave it (decisions.md 13). */
export function namedClients(draft: Draft): readonly string[] {
  const { query, names, values } = draft
  if (!query.groupBy.includes('clientName') && query.filters.clientName === undefined) return []
  const given = lines(
    'SELECT organization, client_id, arg_max(name, (event_time, name)) AS name',
    'FROM client_name',
    `WHERE ${inScope(draft, 'organization')}`,
    'GROUP BY ALL',
  )
  if (names.length === 0) return [`named AS (${given}\n)`]
  values.nameOrganization = integers(names.map(({ organization }) => organization))
  values.nameClient = texts(names.map(({ clientId }) => clientId))
  values.name = texts(names.map(({ name }) => name))
  const registered = lines(
    'SELECT client.organization, client.id AS client_id, listed.name',
    'FROM (SELECT unnest($nameOrganization) AS organization, unnest($nameClient) AS client, unnest($name) AS name) AS listed',
    'JOIN dimension_value AS client ON client.organization = listed.organization AND client.value = listed.client',
    `WHERE client.dimension = ${DIMENSION_CODES.clientId}`,
  )
  const named = lines(
    'SELECT organization, client_id, coalesce(registered.name, given.name) AS name',
    'FROM registered FULL JOIN given USING (organization, client_id)',
  )
  return [`registered AS (${registered}\n)`, `given AS (${given}\n)`, `named AS (${named}\n)`]
}
