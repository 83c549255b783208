import { sql } from 'kysely'
import type { MetadataDatabase } from './database.ts'

/** Of one organization; past it those go that tell least: few calls, and 404s first. */
const MOST_KEPT = 1_000
/** In one statement; SQLite takes 32,766 parameters. */
const ROWS_AT_ONCE = 1_000

/** Paths of one shape that no route template fits. */
export interface UnmatchedPathRecord {
  readonly organizationId: string
  readonly shape: string
  /** One of the paths. */
  readonly example: string
  readonly calls: number
  readonly notFound: number
  /** Milliseconds since 1970. */
  readonly firstSeenAt: number
  readonly lastSeenAt: number
}

/** Adds what was seen since the last time to what is kept, and keeps it bounded. */
export async function addUnmatchedPaths(
  database: MetadataDatabase,
  seen: readonly Omit<UnmatchedPathRecord, 'firstSeenAt' | 'lastSeenAt'>[],
  now: number,
): Promise<void> {
  if (seen.length === 0) return
  await database.transaction().execute(async (transaction) => {
    // An organization may have been erased since, and its id given to another.
    const organizations = await transaction
      .selectFrom('organization')
      .select('id')
      .where('deletedAt', 'is', null)
      .execute()
    const existing = new Set(organizations.map(({ id }) => id))
    const known = seen.filter(({ organizationId }) => existing.has(organizationId))
    for (let first = 0; first < known.length; first += ROWS_AT_ONCE) {
      const rows = known.slice(first, first + ROWS_AT_ONCE)
      await transaction
        .insertInto('unmatchedPath')
        .values(
          rows.map(({ organizationId, shape, example, calls, notFound }) => {
            return { organizationId, shape, example, calls, notFound, firstSeenAt: now, lastSeenAt: now }
          }),
        )
        .onConflict((conflict) =>
          conflict.columns(['organizationId', 'shape']).doUpdateSet({
            calls: sql<number>`unmatched_path.calls + excluded.calls`,
            notFound: sql<number>`unmatched_path.not_found + excluded.not_found`,
            lastSeenAt: sql<number>`excluded.last_seen_at`,
          }),
        )
        .execute()
    }
    for (const organizationId of new Set(known.map((path) => path.organizationId))) {
      const kept = mostTelling(transaction, organizationId).select('shape').limit(MOST_KEPT)
      await transaction
        .deleteFrom('unmatchedPath')
        .where('organizationId', '=', organizationId)
        .where('shape', 'not in', kept)
        .execute()
    }
  })
}

/** The organization's, those with the most calls that were found first. */
export function listUnmatchedPaths(
  database: MetadataDatabase,
  organizationId: string,
): Promise<readonly UnmatchedPathRecord[]> {
  return mostTelling(database, organizationId).selectAll().execute()
}

/** Forgets shapes that a template fits by now. */
export async function removeUnmatchedPaths(
  database: MetadataDatabase,
  organizationId: string,
  shapes: readonly string[],
): Promise<void> {
  if (shapes.length === 0) return
  await database
    .deleteFrom('unmatchedPath')
    .where('organizationId', '=', organizationId)
    .where('shape', 'in', shapes)
    .execute()
}

function mostTelling(database: MetadataDatabase, organizationId: string) {
  return database
    .selectFrom('unmatchedPath')
    .where('organizationId', '=', organizationId)
    .orderBy(sql`calls - not_found`, 'desc')
    .orderBy('calls', 'desc')
    .orderBy('shape')
}
