import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Tokens of outside issuers that were revoked here. */
export const spentTokens: Migration = {
  async up(db: Kysely<never>): Promise<void> {
    await db.schema
      .createTable('spent_token')
      .addColumn('hash', 'text', (column) => column.primaryKey())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('spent_token_of_expiry').on('spent_token').column('expires_at').execute()
  },
}
