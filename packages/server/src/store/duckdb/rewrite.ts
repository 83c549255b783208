import type { DuckDBConnection } from '@duckdb/node-api'
import { DAY_MS, MINUTE_MS } from '../../domain/bucket.ts'
import type { Rollup } from './columns.ts'
import { inSlice, merged, type Pause, ROWS_AT_ONCE } from './fold.ts'
import { rowsOf } from './sql.ts'

const DAY_MINUTES = DAY_MS / MINUTE_MS

export interface Rewriting {
  readonly rollup: Rollup
  readonly table: string
  /** Buckets, minutes since 1970; `to` is not among them. */
  readonly from: number
  readonly to: number
  /** An expression of the bucket, which it moves within its day at most. */
  readonly bucket: string
}

/** Where a part of a sorted table ends: all before it and this itself. */
interface Part {
  readonly organization: number
  readonly client: number
  readonly day: number
}

/**
 * Writes the rows of some time anew, merged and sorted by (organization, client, bucket), a part in a transaction. Each
 * leaves the same sums; whoever is interrupted begins again.
 */
export async function rewrite(connection: DuckDBConnection, rewriting: Rewriting, pause: Pause): Promise<void> {
  let before: Part | undefined
  for (const end of await partsOf(connection, rewriting)) {
    const begin = before
    await inSlice(connection, pause, () => rewritePart(connection, rewriting, begin, end))
    before = end
  }
}

async function partsOf(connection: DuckDBConnection, { table, from, to }: Rewriting): Promise<readonly Part[]> {
  const rows = await rowsOf(
    connection,
    `SELECT organization, client_id, bucket // ${DAY_MINUTES} AS day, count(*) FROM ${table}
    WHERE bucket >= ${from} AND bucket < ${to} GROUP BY ALL ORDER BY ALL`,
  )
  const parts: Part[] = []
  let size = 0
  for (const [index, [organization, client, day, count]] of rows.entries()) {
    size += Number(count)
    const next = Number(rows[index + 1]?.[3] ?? ROWS_AT_ONCE)
    if (size + next <= ROWS_AT_ONCE) continue
    parts.push({ organization: Number(organization), client: Number(client), day: Number(day) })
    size = 0
  }
  return parts
}

async function rewritePart(
  connection: DuckDBConnection,
  { rollup, table, from, to, bucket }: Rewriting,
  before: Part | undefined,
  end: Part,
): Promise<void> {
  const keys = table.endsWith('_day') ? rollup.dayKeys : rollup.keys
  const range = `bucket >= ${from} AND bucket < ${to} AND ${upTo(end)}${before === undefined ? '' : ` AND ${after(before)}`}`
  const rows = merged(rollup, keys, bucket, `(SELECT * FROM ${table} WHERE ${range})`)
  await connection.run(`CREATE OR REPLACE TEMP TABLE rewritten AS ${rows}`)
  await connection.run(`DELETE FROM ${table} WHERE ${range}`)
  await connection.run(`INSERT INTO ${table} BY NAME SELECT * FROM rewritten ORDER BY organization, client_id, bucket`)
  await connection.run('DROP TABLE rewritten')
}

/** The first comparison is what tells DuckDB which blocks it need not read. */
function upTo({ organization, client, day }: Part): string {
  return `organization <= ${organization} AND (organization < ${organization} OR client_id < ${client}
    OR (client_id = ${client} AND bucket < ${(day + 1) * DAY_MINUTES}))`
}

function after({ organization, client, day }: Part): string {
  return `organization >= ${organization} AND (organization > ${organization} OR client_id > ${client}
    OR (client_id = ${client} AND bucket >= ${(day + 1) * DAY_MINUTES}))`
}
