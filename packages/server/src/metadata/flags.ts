import type { MetadataDatabase } from './database.ts'

/** What the installation remembers of itself under this name. */
export async function readFlag(database: MetadataDatabase, name: string): Promise<string | undefined> {
  const row = await database.selectFrom('flag').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value
}

export async function writeFlag(database: MetadataDatabase, name: string, value: string): Promise<void> {
  await database
    .insertInto('flag')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}
