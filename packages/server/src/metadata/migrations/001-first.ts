import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Organizations, who may call, what they asked, and what the installation remembers of itself. */
export const first: Migration = {
  async up(db: Kysely<never>): Promise<void> {
    await db.schema
      .createTable('organization')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('deleted_at', 'bigint')
      .execute()
    await createClients(db)
    await createCredentials(db)
    await createExecutions(db)
    await db.schema
      .createTable('route_template')
      .addColumn('organization_id', 'text', (column) => column.notNull())
      .addColumn('template_uri', 'text', (column) => column.notNull())
      .addColumn('added_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('route_template_key', ['organization_id', 'template_uri'])
      .execute()
    await db.schema
      .createTable('flag')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .execute()
  },
}

async function createClients(db: Kysely<never>): Promise<void> {
  let table = db.schema.createTable('client').addColumn('id', 'text', (column) => column.primaryKey())
  for (const name of ['organization_id', 'name', 'description', 'authorized_grant_type']) {
    table = table.addColumn(name, 'text', (column) => column.notNull())
  }
  table = table.addColumn('secret_hash', 'text').addColumn('state', 'text', (column) => column.notNull())
  table = table.addColumn('access_token_validity_seconds', 'integer', (column) => column.notNull())
  for (const name of ['permissions', 'role_ids', 'scope', 'registered_redirect_uri', 'created_by', 'modified_by']) {
    table = table.addColumn(name, 'text', (column) => column.notNull())
  }
  for (const name of ['created_at', 'modified_at']) {
    table = table.addColumn(name, 'bigint', (column) => column.notNull())
  }
  await table.execute()
  await db.schema.createIndex('client_of_organization').on('client').column('organization_id').execute()
}

async function createCredentials(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('ingest_key')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('organization_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('key_hash', 'text', (column) => column.notNull().unique())
    .addColumn('any_organization', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('ingest_key_of_organization').on('ingest_key').column('organization_id').execute()
  await db.schema
    .createTable('token')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('token_of_client').on('token').column('client_id').execute()
  await db.schema.createIndex('token_of_expiry').on('token').column('expires_at').execute()
  await db.schema
    .createTable('sign_in_code')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
}

async function createExecutions(db: Kysely<never>): Promise<void> {
  let table = db.schema
    .createTable('execution')
    .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('id', 'text', (column) => column.notNull().unique())
  for (const name of ['organization_id', 'operation', 'client_id', 'scope', 'query', 'state']) {
    table = table.addColumn(name, 'text', (column) => column.notNull())
  }
  await table
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('submitted_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('row_count', 'integer', (column) => column.notNull())
    .addColumn('kept_bytes', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('execution_of_state').on('execution').columns(['state', 'sequence']).execute()
  await db.schema.createIndex('execution_of_expiry').on('execution').column('expires_at').execute()
  await db.schema
    .createTable('execution_rows')
    .addColumn('execution_id', 'text', (column) => column.notNull())
    .addColumn('chunk', 'integer', (column) => column.notNull())
    .addColumn('first_row', 'integer', (column) => column.notNull())
    .addColumn('row_count', 'integer', (column) => column.notNull())
    .addColumn('rows', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('execution_rows_key', ['execution_id', 'chunk'])
    .execute()
}
