import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { startModernClickHouse } from '../peers/clickhouse.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import type { Question } from './questions.ts'

const COUNTS = ['requests', 'status200', 'status300', 'status400', 'status429', 'status500']
const KEYS = ['organization', 'bucket', 'client_id', 'template_uri', 'http_method', 'platform']
const ROLLUP_COLUMNS = [...KEYS.map((name) => `${name} Int32`), ...COUNTS.map((name) => `${name} Int64`)]
/** Sorted as the store sorts: about a month, the organization, the client, the bucket. */
const SORTED = 'ENGINE = MergeTree PARTITION BY intDiv(bucket, 43200) ORDER BY (organization, client_id, bucket)'

const TABLES: Readonly<Record<string, string>> = {
  usage_fine: `(${['user_id Int32', ...ROLLUP_COLUMNS]}) ${SORTED}`,
  usage_day: `(${ROLLUP_COLUMNS}) ${SORTED}`,
  dimension_value:
    '(organization Int32, dimension UInt8, id Int32, value String) ENGINE = MergeTree ORDER BY (organization, dimension, id)',
}

/** Milliseconds until ClickHouse, over HTTP, has answered the same questions on the same rows; many times in turn. */
export async function timeInClickHouse(
  usageFile: string,
  questions: readonly Question[],
  repeats: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  using folder = temporaryFolder()
  await using server = await startModernClickHouse(join(folder.path, 'data'))
  for (const [table, definition] of Object.entries(TABLES)) {
    await server.query(`CREATE TABLE ${table} ${definition}`)
    const file = join(folder.path, `${table}.parquet`)
    await exportTable(usageFile, table, file)
    await server.query(`INSERT INTO ${table} FORMAT Parquet`, readFileSync(file))
    await server.query(`OPTIMIZE TABLE ${table} FINAL`)
  }
  const times = new Map<string, number[]>(questions.map(({ name }) => [name, []]))
  for (let repeat = -2; repeat < repeats; repeat++) {
    for (const { name, clickHouse } of questions) {
      const started = performance.now()
      const rows = await server.query(clickHouse)
      if (rows === '') throw new Error(`ClickHouse has no rows for ${name}`)
      if (repeat >= 0) times.get(name)?.push(performance.now() - started)
    }
  }
  return times
}

async function exportTable(usageFile: string, table: string, file: string): Promise<void> {
  const instance = await DuckDBInstance.create(usageFile)
  const connection = await instance.connect()
  const columns =
    table === 'dimension_value' ? '*' : [...(table === 'usage_fine' ? ['user_id'] : []), ...KEYS, ...COUNTS]
  await connection.run(`COPY (SELECT ${columns} FROM ${table}) TO '${file}' (FORMAT parquet)`)
  connection.closeSync()
  instance.closeSync()
}
