import type { CreateTableBuilder, Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** A sample of the paths that no route template fits. */
export const unmatchedPaths: Migration = {
  async up(db: Kysely<never>): Promise<void> {
    let table: CreateTableBuilder<string, string> = db.schema.createTable('unmatched_path')
    for (const name of ['organization_id', 'shape', 'example']) {
      table = table.addColumn(name, 'text', (column) => column.notNull())
    }
    for (const name of ['calls', 'not_found', 'first_seen_at', 'last_seen_at']) {
      table = table.addColumn(name, 'bigint', (column) => column.notNull())
    }
    await table.addPrimaryKeyConstraint('unmatched_path_key', ['organization_id', 'shape']).execute()
  },
}
