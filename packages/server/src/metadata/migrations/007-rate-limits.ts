import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The limits that organizations want watched (decisions.md 26). */
export const rateLimits: Migration = {
  async up(db: Kysely<never>): Promise<void> {
    await db.schema
      .createTable('rate_limit_list')
      .addColumn('organization_id', 'text', (column) => column.primaryKey())
      .addColumn('limits', 'text', (column) => column.notNull())
      .addColumn('modified_at', 'bigint', (column) => column.notNull())
      .execute()
  },
}
