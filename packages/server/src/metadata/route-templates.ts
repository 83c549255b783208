import type { MetadataDatabase } from './database.ts'

/** Rows in one statement; SQLite takes 32,766 parameters. */
const ROWS_AT_ONCE = 1000

/** The organization's route templates, by code point. */
export async function listRouteTemplates(
  database: MetadataDatabase,
  organizationId: string,
): Promise<readonly string[]> {
  const rows = await database
    .selectFrom('routeTemplate')
    .select('templateUri')
    .where('organizationId', '=', organizationId)
    .orderBy('templateUri')
    .execute()
  return rows.map((row) => row.templateUri)
}

/** Adds what the organization does not have yet, all or nothing; answers how many were new. */
export function addRouteTemplates(
  database: MetadataDatabase,
  organizationId: string,
  templateUris: readonly string[],
  addedAt: number,
): Promise<number> {
  return database.transaction().execute(async (transaction) => {
    let added = 0n
    for (let first = 0; first < templateUris.length; first += ROWS_AT_ONCE) {
      const some = templateUris.slice(first, first + ROWS_AT_ONCE)
      const result = await transaction
        .insertInto('routeTemplate')
        .values(some.map((templateUri) => ({ organizationId, templateUri, addedAt })))
        .onConflict((conflict) => conflict.columns(['organizationId', 'templateUri']).doNothing())
        .executeTakeFirst()
      added += result.numInsertedOrUpdatedRows ?? 0n
    }
    return Number(added)
  })
}
