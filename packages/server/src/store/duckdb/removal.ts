import type { DuckDBConnection } from '@duckdb/node-api'
import { DAY_MS, floorTo, MINUTE_MS, QUARTER_MS } from '../../domain/bucket.ts'
import { CALL_DELTA, ROLLUPS } from './columns.ts'
import { aged, appendSorted, inSlice, merged, noteRemoved, type Pause } from './fold.ts'
import { rowsOf, text } from './sql.ts'
import { inTransaction } from './transaction.ts'

const WEEK_MS = 7 * DAY_MS

const TABLES_OF_AN_ORGANIZATION = [
  CALL_DELTA,
  ...ROLLUPS.flatMap(({ name }) => [`${name}_fine`, `${name}_day`]),
  'dimension_value',
  'client_name',
  'authorized_client',
  'organization_newest',
]

/**
 * Takes everything of an organization out. Its number is never given again, and event ids are hashed with that number:
 * the hashes that are left stand for nothing, and go when their days are over.
 */
export async function eraseOrganization(connection: DuckDBConnection, organizationId: string): Promise<void> {
  await inTransaction(connection, async () => {
    const values = { organizationId: text(organizationId) }
    const own = 'organization = (SELECT id FROM organization WHERE organization_id = $organizationId)'
    for (const table of TABLES_OF_AN_ORGANIZATION) await rowsOf(connection, `DELETE FROM ${table} WHERE ${own}`, values)
    const forget = 'UPDATE organization SET organization_id = NULL WHERE organization_id = $organizationId'
    await rowsOf(connection, forget, values)
  })
}

/**
 * Takes out all buckets that ended at or before `before`, the oldest first and a week in a transaction, and adds up anew
 * the day that is cut.
 * @param before milliseconds since 1970.
 * @param watermark milliseconds; before it buckets are a quarter of an hour, whether folded yet or not.
 */
export async function dropBefore(
  connection: DuckDBConnection,
  before: number,
  watermark: number,
  pause: Pause,
): Promise<void> {
  const [[oldest] = []] = await rowsOf(connection, 'SELECT min(bucket) FROM usage_day')
  const first = typeof oldest === 'number' ? oldest * MINUTE_MS : before
  for (let at = first + WEEK_MS; at < before; at += WEEK_MS) {
    await inSlice(connection, pause, () => dropOnce(connection, at, watermark))
  }
  await inTransaction(connection, () => dropOnce(connection, before, watermark))
}

async function dropOnce(connection: DuckDBConnection, before: number, watermark: number): Promise<void> {
  const end = floorTo(before, before <= watermark ? QUARTER_MS : MINUTE_MS) / MINUTE_MS
  const day = floorTo(before, DAY_MS) / MINUTE_MS
  await connection.run(`DELETE FROM ${CALL_DELTA} WHERE ${aged(watermark / MINUTE_MS)} < ${end}`)
  for (const rollup of ROLLUPS) {
    const { name, dayKeys } = rollup
    await noteRemoved(connection, `${name}_fine`, `bucket < ${end}`)
    await connection.run(`DELETE FROM ${name}_fine WHERE bucket < ${end}`)
    await noteRemoved(connection, `${name}_day`, `bucket <= ${day}`)
    await connection.run(`DELETE FROM ${name}_day WHERE bucket <= ${day}`)
    const cut = `(SELECT * REPLACE (${day} AS bucket) FROM ${name}_fine WHERE bucket < ${day + DAY_MS / MINUTE_MS})`
    await connection.run(`CREATE OR REPLACE TEMP TABLE cut_day AS ${merged(rollup, dayKeys, 'bucket', cut)}`)
    await appendSorted(connection, `${name}_day`, 'FROM cut_day', 'FROM cut_day')
    await connection.run('DROP TABLE cut_day')
  }
}
