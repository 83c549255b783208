import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The platform's clients have roles in divisions; they are kept and given back (wire.md §5). */
export const clientRoleDivisions: Migration = {
  async up(db: Kysely<never>): Promise<void> {
    await db.schema
      .alterTable('client')
      .addColumn('role_divisions', 'text', (column) => column.notNull().defaultTo('[]'))
      .execute()
  },
}
