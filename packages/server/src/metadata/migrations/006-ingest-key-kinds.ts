import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Keys that stand in a path, such as Apitally's, are good nowhere else; those that there were come in a header. */
export const ingestKeyKinds: Migration = {
  async up(db: Kysely<never>): Promise<void> {
    await db.schema
      .alterTable('ingest_key')
      .addColumn('kind', 'text', (column) => column.notNull().defaultTo('header'))
      .execute()
  },
}
