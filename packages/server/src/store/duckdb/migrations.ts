import { readFileSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import { DataFolderProblem } from '../../domain/data-folder-problem.ts'

export interface Migration {
  /** The storage version that it makes. */
  readonly version: number
  readonly name: string
  readonly sql: string
}

/** Forward only, never changed once released. To add one: write its file, list it here. */
export const MIGRATIONS: readonly Migration[] = [
  migration(1, '001-first'),
  migration(2, '002-event-ids-by-hash'),
  migration(3, '003-one-row-a-call'),
  migration(4, '004-ids-of-a-saved-filter'),
]

function migration(version: number, name: string): Migration {
  return { version, name, sql: readFileSync(new URL(`./migrations/${name}.sql`, import.meta.url), 'utf8') }
}

/**
 * Brings a database to the newest storage version, each step in a transaction of its own.
 * @throws DataFolderProblem when it is not ours, or a newer Routemeter's.
 */
export async function migrate(
  connection: DuckDBConnection,
  now: number,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const applied = await appliedVersion(connection)
  const newest = Math.max(...migrations.map((step) => step.version))
  if (applied > newest) {
    throw new DataFolderProblem(
      `The data folder was written by a newer Routemeter (storage version ${applied}, this one knows ${newest}). ` +
        'Start that version, or a newer one.',
    )
  }
  for (const step of migrations) if (step.version > applied) await apply(connection, step, now)
}

async function appliedVersion(connection: DuckDBConnection): Promise<number> {
  const tables = (await (await connection.run('SELECT table_name FROM duckdb_tables()')).getRowsJS()).flat()
  if (tables.length === 0) {
    await connection.run(
      'CREATE TABLE schema_migration (version INTEGER NOT NULL, name VARCHAR NOT NULL, applied_at BIGINT NOT NULL)',
    )
    return 0
  }
  if (!tables.includes('schema_migration')) throw new DataFolderProblem('It holds tables that are not Routemeter’s.')
  const rows = await connection.run('SELECT coalesce(max(version), 0) FROM schema_migration')
  return Number((await rows.getRowsJS())[0]?.[0])
}

async function apply(connection: DuckDBConnection, step: Migration, now: number): Promise<void> {
  await connection.run('BEGIN')
  try {
    await connection.run(step.sql)
    await connection.run('INSERT INTO schema_migration VALUES ($version, $name, $now)', {
      version: step.version,
      name: step.name,
      now: BigInt(now),
    })
    await connection.run('COMMIT')
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined)
    throw error
  }
}
