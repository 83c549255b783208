import type { DuckDBConnection } from '@duckdb/node-api'
import { DAY_MS, floorTo, MINUTE_MS } from '../../domain/bucket.ts'
import { LATENCY, ROLLUPS, USAGE } from './columns.ts'
import { aged, type Pause } from './fold.ts'
import { rewrite } from './rewrite.ts'
import { bigint, rowsOf } from './sql.ts'

/** The horizon is 7 days (decisions.md 9); a query that was submitted before it passed may wait for a day. */
const KEPT_BY_MINUTE_MS = 8 * DAY_MS

/** Where minutes begin for a database that is made now: milliseconds, a UTC midnight. */
function firstWatermark(now: number): number {
  return floorTo(now - KEPT_BY_MINUTE_MS, DAY_MS)
}

/** The instant from which usage is kept by the minute; set when the database is new. */
export async function readWatermark(connection: DuckDBConnection, now: number): Promise<number> {
  const rows = await rowsOf(connection, "SELECT value FROM setting WHERE name = 'minute_watermark'")
  const kept = rows[0]?.[0]
  if (kept !== undefined) return Number(kept)
  const first = Math.max(0, firstWatermark(now))
  await rowsOf(connection, "INSERT INTO setting VALUES ('minute_watermark', $first)", { first: bigint(first) })
  return first
}

/**
 * Turns the minutes of whole days that are older than 8 days into quarters of an hour, and then moves the watermark past
 * the day: until it moves nobody asks for those minutes any more. It never moves back.
 * @param moved told the new watermark whenever it is on disk.
 */
export async function ageMinutes(
  connection: DuckDBConnection,
  watermark: number,
  now: number,
  pause: Pause,
  moved: (watermark: number) => void,
): Promise<void> {
  const last = firstWatermark(now)
  for (let from = watermark; from < last; ) {
    const next = Math.min(last, (await firstBucketFrom(connection, from)) ?? last) + DAY_MS
    const to = Math.min(last, floorTo(next, DAY_MS))
    for (const rollup of [USAGE, LATENCY]) {
      const range = { from: from / MINUTE_MS, to: to / MINUTE_MS }
      await rewrite(connection, { rollup, table: `${rollup.name}_fine`, ...range, bucket: aged(range.to) }, pause)
    }
    await rowsOf(connection, "UPDATE setting SET value = $to WHERE name = 'minute_watermark'", { to: bigint(to) })
    moved(to)
    from = to
  }
}

/** Days without any rows are stepped over at once; milliseconds. */
async function firstBucketFrom(connection: DuckDBConnection, from: number): Promise<number | undefined> {
  const tables = ROLLUPS.map(({ name }) => `SELECT bucket FROM ${name}_fine WHERE bucket >= ${from / MINUTE_MS}`)
  const first = (await rowsOf(connection, `SELECT min(bucket) FROM (${tables.join(' UNION ALL ')})`))[0]?.[0]
  return typeof first === 'number' ? first * MINUTE_MS : undefined
}
