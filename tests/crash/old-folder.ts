import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DuckDBInstance } from '@duckdb/node-api'
import { MIGRATIONS as METADATA_STEPS, openMetadata } from '../../packages/server/src/metadata/database.ts'
import { migrate, MIGRATIONS as STORAGE_STEPS } from '../../packages/server/src/store/duckdb/migrations.ts'

/** Fills a folder with what the first version that could be installed left there: both files at their first step. */
export async function makeOldFolder(data: string): Promise<void> {
  const instance = await DuckDBInstance.create(join(data, 'usage.duckdb'))
  const connection = await instance.connect()
  await migrate(connection, 0, STORAGE_STEPS.slice(0, 1))
  connection.closeSync()
  instance.closeSync()
  const first = Object.fromEntries(Object.entries(METADATA_STEPS).slice(0, 1))
  const path = join(data, 'metadata.sqlite')
  await (await openMetadata(path, first)).destroy()
  const metadata = new DatabaseSync(path)
  metadata.exec("UPDATE metadata_migration SET timestamp = '2020-01-01T00:00:00.000Z'")
  metadata.close()
}
