import type { WatchedLimit } from '../domain/rate-limit.ts'
import type { MetadataDatabase } from './database.ts'

/** The limits that an organization wants watched; undefined when it never said. */
export async function findWatchedLimits(
  database: MetadataDatabase,
  organizationId: string,
): Promise<readonly WatchedLimit[] | undefined> {
  const row = await database
    .selectFrom('rateLimitList')
    .select('limits')
    .where('organizationId', '=', organizationId)
    .executeTakeFirst()
  return row === undefined ? undefined : (JSON.parse(row.limits) as WatchedLimit[])
}

/** Replaces all of them. */
export async function writeWatchedLimits(
  database: MetadataDatabase,
  organizationId: string,
  limits: readonly WatchedLimit[],
  modifiedAt: number,
): Promise<void> {
  const row = { limits: JSON.stringify(limits), modifiedAt }
  await database
    .insertInto('rateLimitList')
    .values({ organizationId, ...row })
    .onConflict((conflict) => conflict.column('organizationId').doUpdateSet(row))
    .execute()
}
