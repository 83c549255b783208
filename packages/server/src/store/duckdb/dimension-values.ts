import type { InternedDimension } from '../../domain/catalogue.ts'
import type { ClientName, DimensionValue, ValueSearch } from '../usage-store.ts'
import { DIMENSION_CODES } from './columns.ts'
import type { ConnectionPool } from './connection-pool.ts'
import { Reader } from './reader.ts'
import { integer, type Statement, text, texts } from './sql.ts'

const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx']

/** What has a place in an organization's dictionary, or follows from it. */
export async function dimensionValuesOf(
  pool: ConnectionPool,
  organizationId: string,
  search: ValueSearch,
): Promise<readonly DimensionValue[]> {
  const { dimension, limit } = search
  if (dimension === 'organizationId' || dimension === 'statusClass') {
    const values = dimension === 'statusClass' ? STATUS_CLASSES : [organizationId]
    const found = values.filter((value) => value.toLowerCase().startsWith(search.prefix.toLowerCase()))
    return found.slice(0, limit).map((value) => ({ value, clientName: '' }))
  }
  const statement =
    dimension === 'clientName' ? nameSelect(organizationId, search) : valueSelect(organizationId, search, dimension)
  const reader = await Reader.open(pool)
  try {
    const rows = await reader.rows(statement.text, statement.values)
    return rows.map(([value, name]) => ({ value: String(value), clientName: String(name ?? '') }))
  } finally {
    await reader.return()
  }
}

const BEGINS = (column: string) => `starts_with(lower(${column}), lower($prefix))`

/** Names only for the values that are answered: looking for all of them would cost more than the search. */
function valueSelect(organizationId: string, search: ValueSearch, dimension: InternedDimension): Statement {
  const found = `SELECT dimension_value.organization, dimension_value.id, dimension_value.value
FROM dimension_value JOIN organization ON organization.id = dimension_value.organization
WHERE dimension = ${DIMENSION_CODES[dimension]} AND organization_id = $organizationId AND ${BEGINS('value')}
ORDER BY value LIMIT $limit`
  const values = { organizationId: text(organizationId), prefix: text(search.prefix), limit: integer(search.limit) }
  if (dimension !== 'clientId') return { text: `SELECT value, '' FROM (${found}) ORDER BY value`, values }
  return {
    text: `WITH client AS (${found}), ${NAMED}
SELECT value, name FROM named ORDER BY value`,
    values: { ...values, ...registered(search.clientNames ?? []) },
  }
}

function nameSelect(organizationId: string, search: ValueSearch): Statement {
  return {
    text: `WITH client AS (
  SELECT dimension_value.organization, dimension_value.id, dimension_value.value
  FROM dimension_value JOIN organization ON organization.id = dimension_value.organization
  WHERE dimension = ${DIMENSION_CODES.clientId} AND organization_id = $organizationId
), ${NAMED}
SELECT DISTINCT name FROM named WHERE name <> '' AND ${BEGINS('name')} ORDER BY name LIMIT $limit`,
    values: {
      organizationId: text(organizationId),
      prefix: text(search.prefix),
      limit: integer(search.limit),
      ...registered(search.clientNames ?? []),
    },
  }
}

/** The name of each client: the registered one, else what the latest event gave. */
const NAMED = `given AS (
  SELECT client_name.organization, client_name.client_id, arg_max(client_name.name, (event_time, client_name.name)) AS name
  FROM client_name SEMI JOIN client ON client.organization = client_name.organization AND client.id = client_name.client_id
  GROUP BY ALL
), registered AS (SELECT unnest($ids) AS client, unnest($names) AS name), named AS (
  SELECT client.value, coalesce(registered.name, given.name, '') AS name FROM client
  LEFT JOIN given ON given.organization = client.organization AND given.client_id = client.id
  LEFT JOIN registered ON registered.client = client.value
)`

function registered(clientNames: readonly ClientName[]): Statement['values'] {
  return {
    ids: texts(clientNames.map(({ clientId }) => clientId)),
    names: texts(clientNames.map(({ name }) => name)),
  }
}
