import type { MetadataDatabase } from './database.ts'

/** Rows in one statement; SQLite takes 32,766 parameters. */
const ROWS_AT_ONCE = 1000

export interface RouteTemplate {
  readonly templateUri: string
  /** Milliseconds since 1970. */
  readonly addedAt: number
}

/** The organization's route templates, by code point. */
export async function listRouteTemplates(
  database: MetadataDatabase,
  organizationId: string,
): Promise<readonly string[]> {
  const templates = await describeRouteTemplates(database, organizationId)
  return templates.map(({ templateUri }) => templateUri)
}

/** As `listRouteTemplates`, with since when. */
export function describeRouteTemplates(
  database: MetadataDatabase,
  organizationId: string,
): Promise<readonly RouteTemplate[]> {
  return database
    .selectFrom('routeTemplate')
    .select(['templateUri', 'addedAt'])
    .where('organizationId', '=', organizationId)
    .orderBy('templateUri')
    .execute()
}

export async function countRouteTemplates(database: MetadataDatabase, organizationId: string): Promise<number> {
  const { count } = await database
    .selectFrom('routeTemplate')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('organizationId', '=', organizationId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** An import would give an organization more templates than it may have; nothing was added. */
export class TooManyTemplates extends Error {
  override readonly name = 'TooManyTemplates'
}

/**
 * Adds what the organization does not have yet, all or nothing; answers how many were new.
 * @param most how many the organization may have.
 * @throws TooManyTemplates
 */
export function addRouteTemplates(
  database: MetadataDatabase,
  organizationId: string,
  templateUris: readonly string[],
  addedAt: number,
  most = Number.POSITIVE_INFINITY,
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
    if (added > 0n && (await countRouteTemplates(transaction, organizationId)) > most) throw new TooManyTemplates()
    return Number(added)
  })
}

/** Removes one, or all of the organization's; answers how many there were. */
export async function removeRouteTemplates(
  database: MetadataDatabase,
  organizationId: string,
  templateUri?: string,
): Promise<number> {
  let removal = database.deleteFrom('routeTemplate').where('organizationId', '=', organizationId)
  if (templateUri !== undefined) removal = removal.where('templateUri', '=', templateUri)
  return Number((await removal.executeTakeFirst()).numDeletedRows)
}
