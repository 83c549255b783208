import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import { DataFolderProblem } from '../../domain/data-folder-problem.ts'
import { rowsOf } from './sql.ts'

/** So much is always written, over what was there: no part of an earlier record is left. */
const RECORD_BYTES = 32

/**
 * Which commit was the last one, told by a file beside the database. DuckDB goes on without the end of its log when that
 * is missing, or when a length or the beginning in it is damaged, as if a crash had cut it off: right for what was not
 * acknowledged, wrong for what was. So each commit has a number in the database, and the last one's is written here
 * after it. That is not synced: after a power cut the record may be older than the database, never newer.
 */
export class CommitRecord {
  readonly #file: number
  #last: number

  private constructor(path: string, last: number) {
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    this.#last = last
  }

  /**
   * @param database its path; the record lies beside it.
   * @throws DataFolderProblem when the database lacks a commit that was acknowledged.
   */
  static async open(connection: DuckDBConnection, database: string): Promise<CommitRecord> {
    const path = `${database}.last-commit`
    const last = Number((await rowsOf(connection, "SELECT max(value) FROM setting WHERE name = 'commit'"))[0]?.[0] ?? 0)
    const recorded = readRecord(path)
    if (recorded > last) {
      throw new DataFolderProblem(
        `The usage file ${database} lacks what was counted last (commit ${last} is the last of ${recorded}): its log ` +
          `${database}.wal is damaged, cut short or missing. Nothing was changed. Restore the data folder from a ` +
          `backup; to go on without what is missing, delete ${path}.`,
      )
    }
    return new CommitRecord(path, last)
  }

  /** The number of the next commit, to be written with it. */
  get next(): number {
    return this.#last + 1
  }

  /** The next commit is on disk. */
  committed(): void {
    this.#last++
    try {
      writeSync(this.#file, `${String(this.#last).padEnd(RECORD_BYTES - 1)}\n`, 0)
    } catch {
      // The commit stands; the record that is there says less, and nothing wrong.
    }
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** Deletes the numbers of earlier commits. */
export async function dropEarlierCommits(connection: DuckDBConnection): Promise<void> {
  const last = "SELECT max(value) FROM setting WHERE name = 'commit'"
  await rowsOf(connection, `DELETE FROM setting WHERE name = 'commit' AND value < (${last})`)
}

/** 0 where there is none yet. */
function readRecord(path: string): number {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return /^\d{1,15}$/.test(text) ? Number(text) : 0
  } catch {
    return 0
  }
}
