import type { CreateTableBuilder, Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Sessions and tokens that speak for a person, and the authorization codes that such a token is given for. */
export const people: Migration = {
  async up(db: Kysely<never>): Promise<void> {
    for (const name of [...PERSON, 'code_hash']) await db.schema.alterTable('token').addColumn(name, 'text').execute()
    await sql`UPDATE token SET person_issuer = '', person_subject = client_id WHERE kind = 'session'`.execute(db)
    await db.schema.createIndex('token_of_person').on('token').columns(['person_subject', 'person_issuer']).execute()
    await db.schema.createIndex('token_of_code').on('token').column('code_hash').execute()
    let table: CreateTableBuilder<string, string> = db.schema
      .createTable('authorization_code')
      .addColumn('hash', 'text', (column) => column.primaryKey())
    for (const name of ['client_id', 'redirect_uri', 'code_challenge', ...PERSON]) {
      table = table.addColumn(name, 'text', (column) => column.notNull())
    }
    await table
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('uses', 'integer', (column) => column.notNull())
      .execute()
  },
}

const PERSON = ['person_issuer', 'person_subject', 'person_name', 'person_organization_id', 'person_permissions']
