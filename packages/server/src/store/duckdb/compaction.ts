import type { DuckDBConnection } from '@duckdb/node-api'
import { MINUTE_MS } from '../../domain/bucket.ts'
import { ROLLUPS } from './columns.ts'
import type { Pause } from './fold.ts'
import { rewrite } from './rewrite.ts'
import { integer, rowsOf, text } from './sql.ts'
import { inTransaction } from './transaction.ts'

/** A month is written anew when so many rows were appended to it, and they are this part of it. */
const LEAST_APPENDED = 20_000
const PART_APPENDED = 1 / 3

interface Month {
  readonly table: string
  /** year * 12 + month - 1 */
  readonly month: number
}

/**
 * Each fold appends sorted runs to a month; after many the order is lost and keys come several times. Months with much
 * appended are sorted and merged as a whole, so that the work stays in proportion to what came.
 */
export async function compactMonths(connection: DuckDBConnection, pause: Pause): Promise<void> {
  await mergeCounts(connection)
  for (const { table, month } of await loosest(connection)) {
    const rollup = ROLLUPS.find(({ name }) => table.startsWith(`${name}_`))
    if (rollup === undefined) continue
    const [from, to] = [bucketOf(month), bucketOf(month + 1)]
    await rewrite(connection, { rollup, table, from, to, bucket: 'bucket' }, pause)
    await inTransaction(connection, () => countAnew(connection, table, month))
  }
}

async function loosest(connection: DuckDBConnection): Promise<readonly Month[]> {
  const rows = await rowsOf(
    connection,
    `SELECT rollup, month FROM rollup_month GROUP BY ALL
    HAVING sum(appended) >= ${LEAST_APPENDED} AND sum(appended) >= sum(row_count) * ${PART_APPENDED}`,
  )
  return rows.map(([table, month]) => ({ table: String(table), month: Number(month) }))
}

async function countAnew(connection: DuckDBConnection, table: string, month: number): Promise<void> {
  const values = { table: text(table), month: integer(month) }
  const range = `bucket >= ${bucketOf(month)} AND bucket < ${bucketOf(month + 1)}`
  await rowsOf(connection, 'DELETE FROM rollup_month WHERE rollup = $table AND month = $month', values)
  await rowsOf(
    connection,
    `INSERT INTO rollup_month SELECT $table, $month, count(*), 0 FROM ${table} WHERE ${range}`,
    values,
  )
}

/** Minutes since 1970 at which a month starts. */
function bucketOf(month: number): number {
  return Date.UTC(Math.floor(month / 12), month % 12) / MINUTE_MS
}

/** One row for each month instead of one for each fold. */
async function mergeCounts(connection: DuckDBConnection): Promise<void> {
  await inTransaction(connection, async () => {
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE merged_counts AS
      SELECT rollup, month, sum(row_count)::BIGINT AS row_count, sum(appended)::BIGINT AS appended
      FROM rollup_month GROUP BY ALL HAVING sum(row_count) > 0`,
    )
    await connection.run('DELETE FROM rollup_month')
    await connection.run('INSERT INTO rollup_month BY NAME SELECT * FROM merged_counts')
    await connection.run('DROP TABLE merged_counts')
  })
}
