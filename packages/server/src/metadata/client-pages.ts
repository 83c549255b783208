import { type Client, clientFromRow } from './clients.ts'
import type { MetadataDatabase } from './database.ts'

export interface ClientPage {
  readonly clients: readonly Client[]
  /** How many clients the organization has, on all pages. */
  readonly total: number
}

/** Some of the organization's clients, oldest first, so that a new one moves none to another page. */
export function listClients(
  database: MetadataDatabase,
  organizationId: string,
  page: { readonly offset: number; readonly limit: number },
): Promise<ClientPage> {
  return database.transaction().execute(async (transaction) => {
    const own = transaction.selectFrom('client').where('organizationId', '=', organizationId)
    const { total } = await own.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    const rows = await own
      .selectAll()
      .orderBy('createdAt')
      .orderBy('id')
      .limit(page.limit)
      .offset(page.offset)
      .execute()
    return { clients: rows.map(clientFromRow), total: Number(total) }
  })
}

/** Those of the ids that are of clients of this organization. */
export async function ownClientIds(
  database: MetadataDatabase,
  organizationId: string,
  ids: Iterable<string>,
): Promise<ReadonlySet<string>> {
  const rows = await database
    .selectFrom('client')
    .select('id')
    .where('organizationId', '=', organizationId)
    .where('id', 'in', [...new Set(ids)])
    .execute()
  return new Set(rows.map((row) => row.id))
}
