import type { CommitParts } from './commit.ts'
import { OrganizationFacts } from './organization-facts.ts'
import { integer, rowsOf } from './sql.ts'
import { writeFacts } from './write-facts.ts'

type Parts = Pick<CommitParts, 'writer' | 'organizations'>

/** Puts what commits also put when the platform reports a call; no commit may run meanwhile. */
export async function authorizeClient(
  { writer, organizations }: Parts,
  organizationId: string,
  clientId: string,
): Promise<void> {
  const number = await organizations.numberOf(writer.connection, organizationId)
  const used = await organizations.use(writer.connection, [{ organizationId, number }])
  const facts = [...used.values()].map((organization) => new OrganizationFacts(organization))
  try {
    for (const each of facts) each.authorize(clientId)
    if (facts.some((each) => each.hasChanged)) await writer.transaction(() => writeFacts(writer, facts))
    for (const each of facts) each.settle()
  } catch (error) {
    for (const each of facts) each.undo()
    throw error
  }
}

/** False where the client was not authorized; no commit may run meanwhile. */
export async function withdrawClient(
  { writer, organizations }: Parts,
  organizationId: string,
  clientId: string,
): Promise<boolean> {
  const organization = await organizations.find(writer.connection, organizationId)
  if (organization === undefined || !organization.dictionaries.clientId.has(clientId)) return false
  const client = organization.dictionaries.clientId.idOf(clientId)
  if (!organization.authorized.has(client)) return false
  const values = { organization: integer(organization.id), client: integer(client) }
  const sql = 'DELETE FROM authorized_client WHERE organization = $organization AND client_id = $client'
  await writer.transaction(async () => {
    await rowsOf(writer.connection, sql, values)
  })
  organization.authorized.delete(client)
  return true
}
