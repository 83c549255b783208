import type { MetadataDatabase } from './database.ts'

/** A tenant: whose API traffic is metered. */
export interface Organization {
  readonly id: string
  readonly name: string
  readonly createdAt: number
}

/** False when the id is taken. */
export async function addOrganization(database: MetadataDatabase, organization: Organization): Promise<boolean> {
  const added = await database
    .insertInto('organization')
    .values({ ...organization, deletedAt: null })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return (added.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export function findOrganization(database: MetadataDatabase, id: string): Promise<Organization | undefined> {
  return database
    .selectFrom('organization')
    .select(['id', 'name', 'createdAt'])
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .executeTakeFirst()
}

/** All of them, oldest first. */
export function listOrganizations(database: MetadataDatabase): Promise<readonly Organization[]> {
  return database
    .selectFrom('organization')
    .select(['id', 'name', 'createdAt'])
    .where('deletedAt', 'is', null)
    .orderBy('createdAt')
    .orderBy('id')
    .execute()
}

/**
 * From here on the organization counts as gone, and its clients, keys, tokens and templates are. Its id stays taken
 * until `forgetOrganization`, so that nobody gets it while usage is still there. False when there is no such
 * organization; true again for one whose deletion was begun before.
 */
export function beginDeletion(database: MetadataDatabase, id: string, deletedAt: number): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    const marked = await transaction
      .updateTable('organization')
      .set({ deletedAt })
      .where('id', '=', id)
      .executeTakeFirst()
    if (marked.numUpdatedRows === 0n) return false
    const clients = transaction.selectFrom('client').select('id').where('organizationId', '=', id)
    for (const table of ['token', 'authorizationCode'] as const) {
      await transaction
        .deleteFrom(table)
        .where((where) => where.or([where('clientId', 'in', clients), where('personOrganizationId', '=', id)]))
        .execute()
    }
    await transaction.deleteFrom('signInCode').where('clientId', 'in', clients).execute()
    await transaction.deleteFrom('client').where('organizationId', '=', id).execute()
    await transaction.deleteFrom('ingestKey').where('organizationId', '=', id).execute()
    await transaction.deleteFrom('routeTemplate').where('organizationId', '=', id).execute()
    await transaction.deleteFrom('unmatchedPath').where('organizationId', '=', id).execute()
    await transaction.deleteFrom('rateLimitList').where('organizationId', '=', id).execute()
    return true
  })
}

/** Organizations whose deletion was begun and, the process having died, not ended. */
export async function unfinishedDeletions(database: MetadataDatabase): Promise<readonly string[]> {
  const rows = await database.selectFrom('organization').select('id').where('deletedAt', 'is not', null).execute()
  return rows.map((row) => row.id)
}

/** The end of a deletion: the id is free again. */
export async function forgetOrganization(database: MetadataDatabase, id: string): Promise<void> {
  await database.deleteFrom('organization').where('id', '=', id).where('deletedAt', 'is not', null).execute()
}
