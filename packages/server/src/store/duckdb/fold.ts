import type { DuckDBConnection } from '@duckdb/node-api'
import { DAY_MS, MINUTE_MS } from '../../domain/bucket.ts'
import { ROLLUPS, type Rollup } from './columns.ts'
import { inTransaction } from './transaction.ts'

const DAY_MINUTES = DAY_MS / MINUTE_MS

/** Sorted so that one organization's, and one client's, rows lie together within a month (design.md 4). */
const MONTH_OF_BUCKET = `year(epoch_ms(bucket::BIGINT * ${MINUTE_MS})) * 12 + month(epoch_ms(bucket::BIGINT * ${MINUTE_MS})) - 1`
const ORDER = `ORDER BY ${MONTH_OF_BUCKET}, organization, client_id, bucket`

const GREATEST_NAME = 'max(event_time) AS event_time, arg_max(name, (event_time, name)) AS name'

/** Adds up the rows of a table that have the same keys. `bucket` is an expression of the bucket. */
export function merged(rollup: Rollup, keys: readonly string[], bucket: string, from: string): string {
  const columns = [
    ...keys.map((key) => (key === 'bucket' ? `${bucket} AS bucket` : key)),
    ...rollup.sums.map((column) => `sum(${column})::BIGINT AS ${column}`),
    ...rollup.maxima.map((column) => `max(${column}) AS ${column}`),
  ]
  return `SELECT ${columns.join(', ')} FROM ${from} GROUP BY ALL`
}

/** Appends merged rows of a temporary table to a sorted one, and notes how many. */
export async function appendSorted(connection: DuckDBConnection, table: string, from: string): Promise<void> {
  await connection.run(`INSERT INTO ${table} BY NAME SELECT * FROM ${from} ${ORDER}`)
  await connection.run(
    `INSERT INTO rollup_month SELECT '${table}', ${MONTH_OF_BUCKET} AS month, count(*), count(*) FROM ${from} GROUP BY ALL`,
  )
}

/** Takes rows that are about to be deleted off the count of their months. */
export async function noteRemoved(connection: DuckDBConnection, table: string, condition: string): Promise<void> {
  await connection.run(
    `INSERT INTO rollup_month SELECT '${table}', ${MONTH_OF_BUCKET} AS month, -count(*), 0
    FROM ${table} WHERE ${condition} GROUP BY ALL`,
  )
}

/** The bucket of a row below the watermark is its quarter of an hour. */
export function aged(watermark: number): string {
  return `CASE WHEN bucket < ${watermark} THEN bucket - bucket % 15 ELSE bucket END`
}

/**
 * Moves what commits have appended into the sorted rollups, and the same sums into the rollups by day, in one
 * transaction: for whoever reads, the tiers always agree. Commits go on meanwhile; what they append is not touched.
 * @param watermark minutes since 1970.
 */
export async function fold(connection: DuckDBConnection, watermark: number): Promise<void> {
  await inTransaction(connection, async () => {
    for (const rollup of ROLLUPS) await foldOne(connection, rollup, watermark)
    await keepGreatest(connection, 'client_name', 'organization, client_id', GREATEST_NAME)
    await keepGreatest(connection, 'organization_newest', 'organization', 'max(event_time) AS event_time')
  })
}

async function foldOne(connection: DuckDBConnection, rollup: Rollup, watermark: number): Promise<void> {
  const { name, keys, dayKeys } = rollup
  const delta = `${name}_delta`
  if (!(await hasRows(connection, delta))) return
  await connection.run(`CREATE OR REPLACE TEMP TABLE folded AS ${merged(rollup, keys, aged(watermark), delta)}`)
  const byDay = merged(rollup, dayKeys, `bucket - bucket % ${DAY_MINUTES}`, 'folded')
  await connection.run(`CREATE OR REPLACE TEMP TABLE folded_days AS ${byDay}`)
  await appendSorted(connection, `${name}_fine`, 'folded')
  await appendSorted(connection, `${name}_day`, 'folded_days')
  await connection.run(`DELETE FROM ${delta}`)
  await connection.run('DROP TABLE folded')
  await connection.run('DROP TABLE folded_days')
}

async function hasRows(connection: DuckDBConnection, table: string): Promise<boolean> {
  return (await connection.run(`SELECT 1 FROM ${table} LIMIT 1`)).rowCount > 0
}

/** Leaves the greatest row of each key, once there are twice as many rows as keys. `values` are aggregates. */
async function keepGreatest(connection: DuckDBConnection, table: string, keys: string, values: string): Promise<void> {
  const counted = await connection.run(`SELECT count(*), count(DISTINCT (${keys})) FROM ${table}`)
  const [rows, different] = ((await counted.getRows())[0] ?? []).map(Number)
  if ((rows ?? 0) <= 2 * (different ?? 0)) return
  await connection.run(`CREATE OR REPLACE TEMP TABLE kept AS SELECT ${keys}, ${values} FROM ${table} GROUP BY ${keys}`)
  await connection.run(`DELETE FROM ${table}`)
  await connection.run(`INSERT INTO ${table} BY NAME SELECT * FROM kept ORDER BY ${keys}`)
  await connection.run('DROP TABLE kept')
}
