import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { bigint, integer, rowsOf } from '../sql.ts'
import { inTransaction } from '../transaction.ts'
import type { FilterIndex } from './filter-file.ts'

/**
 * What the file of a filter has, as the database knows it. The file is on disk before this is, so that a crash leaves
 * either the one before or this one; and what was copied from elsewhere has another checksum.
 */
export interface SavedFilter extends FilterIndex {
  /** Tells the file's name. */
  readonly number: number
  /** All ids of segments before this one are in it, except for those that the others tell. */
  readonly segment: number
  /** As of this day, what is no longer remembered for so many days may be missing. */
  readonly newest: number
  readonly dedupeDays: number
  /** Days up to this one are missing. */
  readonly notHeld: number
}

export async function savedFilter(connection: DuckDBConnection): Promise<SavedFilter | undefined> {
  const columns = 'number, segment, newest, dedupe_days, not_held, runs, checksum'
  const rows = await rowsOf(connection, `SELECT ${columns} FROM event_id_filter ORDER BY number DESC LIMIT 1`)
  if (rows[0] === undefined) return undefined
  const [number = 0, segment = 0, newest = 0, dedupeDays = 0, notHeld = 0, runs = 0, checksum = 0] = rows[0].map(Number)
  return { number, segment, newest, dedupeDays, notHeld, runs, checksum }
}

/** Makes this the one that the next start reads. */
export async function noteSavedFilter(connection: DuckDBConnection, saved: SavedFilter): Promise<void> {
  await inTransaction(connection, async () => {
    await connection.run('DELETE FROM event_id_filter')
    await rowsOf(
      connection,
      `INSERT INTO event_id_filter
      VALUES ($number, $segment, $newest, $dedupeDays, $notHeld, $runs, $checksum)`,
      {
        number: integer(saved.number),
        segment: integer(saved.segment),
        newest: integer(saved.newest),
        dedupeDays: integer(saved.dedupeDays),
        notHeld: integer(saved.notHeld),
        runs: integer(saved.runs),
        checksum: bigint(saved.checksum),
      },
    )
  })
}

/** @param database the path of its file; the filter's lies beside it. */
export function filterPath(database: string, number: number): string {
  return `${database}.ids-${number}`
}

/** Deletes the files of all filters but one, finished or not. */
export async function removeOtherFilters(database: string, number: number): Promise<void> {
  const folder = dirname(database)
  const kept = basename(filterPath(database, number))
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${basename(database)}.ids-`) && name !== kept) await rm(join(folder, name), { force: true })
  }
}
