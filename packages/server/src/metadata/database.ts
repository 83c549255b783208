import { CamelCasePlugin, Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { DataFolderProblem } from '../domain/data-folder-problem.ts'
import { first } from './migrations/001-first.ts'
import { nodeSqliteDialect, openSqlite } from './node-sqlite.ts'
import type { MetadataTables } from './schema.ts'

export type MetadataDatabase = Kysely<MetadataTables>

/** In order of their names; forward only. To add one: write its file, list it here. */
const MIGRATIONS: Readonly<Record<string, Migration>> = { '001-first': first }

/**
 * Opens the metadata in a SQLite file, making or upgrading its tables.
 * @throws DataFolderProblem when the file is damaged or was written by a newer Routemeter.
 */
export async function openMetadata(path: string): Promise<MetadataDatabase> {
  let database: MetadataDatabase | undefined
  try {
    const sqlite = openSqlite(path)
    sqlite.exec('PRAGMA quick_check(1)')
    database = new Kysely<MetadataTables>({ dialect: nodeSqliteDialect(sqlite), plugins: [new CamelCasePlugin()] })
    await migrate(database)
    return database
  } catch (error) {
    await database?.destroy()
    if (error instanceof DataFolderProblem) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new DataFolderProblem(`The metadata file ${path} cannot be read: ${reason}. Restore it from a backup.`, {
      cause: error,
    })
  }
}

async function migrate(database: MetadataDatabase): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
    migrationTableName: 'metadata_migration',
    migrationLockTableName: 'metadata_migration_lock',
  })
  const applied = await appliedMigrations(database)
  const unknown = applied.find((name) => !Object.hasOwn(MIGRATIONS, name))
  if (unknown !== undefined) {
    throw new DataFolderProblem(
      `The data folder was written by a newer Routemeter (metadata step ${unknown}). Start that version, or a newer one.`,
    )
  }
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

async function appliedMigrations(database: MetadataDatabase): Promise<readonly string[]> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'metadata_migration')) return []
  const plain = database.withoutPlugins() as unknown as Kysely<{ metadata_migration: { name: string } }>
  const rows = await plain.selectFrom('metadata_migration').select('name').execute()
  return rows.map((row) => row.name)
}
