import type { DatabaseSync } from 'node:sqlite'
import { CamelCasePlugin, Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { DataFolderProblem } from '../domain/data-folder-problem.ts'
import { first } from './migrations/001-first.ts'
import { clientRoleDivisions } from './migrations/002-client-role-divisions.ts'
import { people } from './migrations/003-people.ts'
import { spentTokens } from './migrations/004-spent-tokens.ts'
import { unmatchedPaths } from './migrations/005-unmatched-paths.ts'
import { ingestKeyKinds } from './migrations/006-ingest-key-kinds.ts'
import { rateLimits } from './migrations/007-rate-limits.ts'
import { checkSqlite, isDamage, nodeSqliteDialect, openSqlite } from './node-sqlite.ts'
import type { MetadataTables } from './schema.ts'

export type MetadataDatabase = Kysely<MetadataTables>

type Migrations = Readonly<Record<string, Migration>>

/** In order of their names; forward only. To add one: write its file, list it here. */
export const MIGRATIONS: Migrations = {
  '001-first': first,
  '002-client-role-divisions': clientRoleDivisions,
  '003-people': people,
  '004-spent-tokens': spentTokens,
  '005-unmatched-paths': unmatchedPaths,
  '006-ingest-key-kinds': ingestKeyKinds,
  '007-rate-limits': rateLimits,
}

/** Kept results may be gigabytes, and reading damaged ones fails by itself. */
const NOT_CHECKED = ['execution_rows']

/**
 * Opens the metadata in a SQLite file, making or upgrading its tables: all the steps that are missing, or none.
 * @param isInUse the data folder was whole once: a file without tables has lost them.
 * @throws DataFolderProblem when the file is damaged, cannot be upgraded or was written by a newer Routemeter.
 */
export async function openMetadata(
  path: string,
  migrations: Migrations = MIGRATIONS,
  isInUse = false,
): Promise<MetadataDatabase> {
  let sqlite: DatabaseSync | undefined
  try {
    sqlite = openSqlite(path)
    checkSqlite(sqlite, NOT_CHECKED)
    const database = new Kysely<MetadataTables>({
      dialect: nodeSqliteDialect(sqlite),
      plugins: [new CamelCasePlugin()],
    })
    const applied = await appliedMigrations(database)
    if (isInUse && applied.length === 0) throw new DataFolderProblem(emptyText(path))
    await migrate(database, migrations, path, applied)
    return database
  } catch (error) {
    sqlite?.close()
    if (error instanceof DataFolderProblem) throw error
    const advice = isDamage(error) ? '. Restore it from a backup.' : ''
    throw new DataFolderProblem(`The metadata file ${path} cannot be read: ${reasonOf(error)}${advice}`, {
      cause: error,
    })
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function emptyText(path: string): string {
  return `The metadata file ${path} is empty, or its log ${path}-wal is missing. Restore the data folder from a backup.`
}

async function migrate(
  database: MetadataDatabase,
  migrations: Migrations,
  path: string,
  applied: readonly string[],
): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: 'metadata_migration',
    migrationLockTableName: 'metadata_migration_lock',
  })
  const unknown = applied.find((name) => !Object.hasOwn(migrations, name))
  if (unknown !== undefined) {
    throw new DataFolderProblem(
      `The data folder was written by a newer Routemeter (metadata step ${unknown}). Start that version, or a newer one.`,
    )
  }
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  throw new DataFolderProblem(`The metadata file ${path} could not be upgraded and is as it was: ${reasonOf(error)}`, {
    cause: error,
  })
}

async function appliedMigrations(database: MetadataDatabase): Promise<readonly string[]> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'metadata_migration')) return []
  const plain = database.withoutPlugins() as unknown as Kysely<{ metadata_migration: { name: string } }>
  const rows = await plain.selectFrom('metadata_migration').select('name').execute()
  return rows.map((row) => row.name)
}
