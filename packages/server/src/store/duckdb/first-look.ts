import type { AuthorizedClient, OrganizationUsage } from '../usage-store.ts'
import { DIMENSION_CODES } from './columns.ts'
import type { ConnectionPool } from './connection-pool.ts'
import { Reader } from './reader.ts'
import { type Statement, text, texts } from './sql.ts'

const AUTHORIZED = `SELECT DISTINCT organization.organization_id, client.value
FROM authorized_client
JOIN organization ON organization.id = authorized_client.organization
JOIN dimension_value AS client ON client.organization = organization.id AND client.id = authorized_client.client_id
WHERE client.dimension = ${DIMENSION_CODES.clientId} AND organization.organization_id IN (SELECT unnest($organizationIds))
ORDER BY ALL`

/** The clients that the platform reported in these organizations. */
export async function authorizedIn(
  pool: ConnectionPool,
  organizationIds: readonly string[],
): Promise<readonly AuthorizedClient[]> {
  const rows = await readOnce(pool, { text: AUTHORIZED, values: { organizationIds: texts(organizationIds) } })
  return rows.map(([organizationId, clientId]) => ({
    organizationId: String(organizationId),
    clientId: String(clientId),
  }))
}

const ORGANIZATIONS = `SELECT DISTINCT organization.organization_id
FROM authorized_client
JOIN dimension_value AS client
  ON client.organization = authorized_client.organization AND client.id = authorized_client.client_id
JOIN organization ON organization.id = authorized_client.organization
WHERE client.dimension = ${DIMENSION_CODES.clientId} AND client.value = $clientId
ORDER BY ALL`

/** Where the platform authorized this client. */
export async function organizationsOfClient(pool: ConnectionPool, clientId: string): Promise<readonly string[]> {
  const rows = await readOnce(pool, { text: ORGANIZATIONS, values: { clientId: text(clientId) } })
  return rows.map(([organizationId]) => String(organizationId))
}

const USAGE = `SELECT
  (SELECT sum(requests) FROM (
    SELECT organization, requests FROM usage_day UNION ALL SELECT organization, requests FROM usage_delta
  ) WHERE organization = tenant.id),
  (SELECT max(event_time) FROM organization_newest WHERE organization = tenant.id)
FROM organization AS tenant WHERE organization_id = $organizationId`

/** What is kept of one organization. */
export async function usageOf(pool: ConnectionPool, organizationId: string): Promise<OrganizationUsage> {
  const rows = await readOnce(pool, { text: USAGE, values: { organizationId: text(organizationId) } })
  const requests = Number(rows[0]?.[0] ?? 0)
  return { requests, newestEvent: requests === 0 ? undefined : Number(rows[0]?.[1]) }
}

const TEMPLATES = `SELECT value FROM dimension_value
JOIN organization ON organization.id = dimension_value.organization
WHERE dimension = ${DIMENSION_CODES.templateUri} AND organization_id = $organizationId`

/** What has an id as a route template. */
export async function templatesOf(pool: ConnectionPool, organizationId: string): Promise<readonly string[]> {
  const rows = await readOnce(pool, { text: TEMPLATES, values: { organizationId: text(organizationId) } })
  return rows.map(([value]) => String(value))
}

async function readOnce(pool: ConnectionPool, statement: Statement) {
  const reader = await Reader.open(pool)
  try {
    return await reader.rows(statement.text, statement.values)
  } finally {
    await reader.return()
  }
}
