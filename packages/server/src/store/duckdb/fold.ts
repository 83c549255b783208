import type { DuckDBConnection } from '@duckdb/node-api'
import { DAY_MS, MINUTE_MS } from '../../domain/bucket.ts'
import { CALL_DELTA, ROLLUPS, type Rollup } from './columns.ts'
import { inTransaction } from './transaction.ts'

const DAY_MINUTES = DAY_MS / MINUTE_MS

/**
 * Rows that a transaction of the upkeep takes on. What it writes goes through the log, which commits wait for meanwhile:
 * some 40 ms for so many. DuckDB writes more than 122,880 past the log, which takes several times as long in all.
 */
export const ROWS_AT_ONCE = 60_000

/** Further behind the upkeep takes all of its time: what is not folded makes queries slower. */
const FAR_BEHIND = 5_000_000

/**
 * Called between transactions of the upkeep, with how long the last one took, in milliseconds.
 * @throws when the upkeep is to stop here.
 */
export type Pause = (milliseconds: number) => Promise<void>

/** Runs `work` in a transaction, and then lets others go first. */
export async function inSlice<T>(connection: DuckDBConnection, pause: Pause, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const result = await inTransaction(connection, work)
  await pause(performance.now() - started)
  return result
}

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

/**
 * Appends the rows of a SELECT to a sorted table.
 * @param counted what tells how many, at most, by the bucket.
 */
export async function appendSorted(
  connection: DuckDBConnection,
  table: string,
  rows: string,
  counted: string,
): Promise<void> {
  await connection.run(`INSERT INTO ${table} BY NAME SELECT * FROM (${rows}) ${ORDER}`)
  await connection.run(
    `INSERT INTO rollup_month SELECT '${table}', ${MONTH_OF_BUCKET} AS month, count(*), count(*) ${counted} GROUP BY month`,
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
 * Moves what commits have appended into the sorted rollups, and the same sums into the rollups by day, some rows in a
 * transaction: for whoever reads, the tiers always agree. Commits go on meanwhile; what they append is left for the next.
 * @param watermark minutes since 1970.
 */
export async function fold(connection: DuckDBConnection, watermark: number, pause: Pause): Promise<void> {
  let left = await rowsIn(connection, CALL_DELTA)
  while (left > 0) {
    const isFarBehind = left > FAR_BEHIND
    left -= await inSlice(connection, isFarBehind ? () => pause(0) : pause, () => foldOldest(connection, watermark))
  }
  await inTransaction(connection, async () => {
    await keepGreatest(connection, 'client_name', 'organization, client_id', GREATEST_NAME)
    await keepGreatest(connection, 'organization_newest', 'organization', 'max(event_time) AS event_time')
  })
}

/** @returns how many rows it took. */
async function foldOldest(connection: DuckDBConnection, watermark: number): Promise<number> {
  // Row numbers only hold within a transaction: a checkpoint may change them.
  const [[first] = []] = await (await connection.run(`SELECT rowid FROM ${CALL_DELTA} LIMIT 1`)).getRows()
  if (typeof first !== 'bigint') throw new Error(`${CALL_DELTA} has lost rows that were to be folded`)
  const end = first + BigInt(ROWS_AT_ONCE)
  const bucket = aged(watermark)
  const day = `bucket - bucket % ${DAY_MINUTES}`
  for (const rollup of ROLLUPS) {
    const { name, keys, dayKeys } = rollup
    const oldest = `FROM ${name}_delta WHERE call < ${end}`
    await appendSorted(connection, `${name}_fine`, merged(rollup, keys, bucket, `(${oldest})`), oldest)
    await appendSorted(connection, `${name}_day`, merged(rollup, dayKeys, day, `(${oldest})`), oldest)
  }
  return (await connection.run(`DELETE FROM ${CALL_DELTA} WHERE rowid < ${end}`)).rowsChanged
}

async function rowsIn(connection: DuckDBConnection, table: string): Promise<number> {
  return Number((await (await connection.run(`SELECT count(*) FROM ${table}`)).getRows())[0]?.[0])
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
