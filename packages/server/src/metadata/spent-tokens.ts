import type { MetadataDatabase } from './database.ts'

/**
 * Remembers that a token which is not kept here itself may not be used (again), until it would be dead anyway.
 * False when that was known already: of two that spend the same one, one is told true.
 */
export async function spendToken(database: MetadataDatabase, hash: string, expiresAt: number): Promise<boolean> {
  const added = await database
    .insertInto('spentToken')
    .values({ hash, expiresAt })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .executeTakeFirst()
  return (added.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export async function isSpent(database: MetadataDatabase, hash: string): Promise<boolean> {
  const row = await database.selectFrom('spentToken').select('hash').where('hash', '=', hash).executeTakeFirst()
  return row !== undefined
}
