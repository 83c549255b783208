import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { DataFolderProblem } from '../../domain/data-folder-problem.ts'
import { migrate } from './migrations.ts'

export interface DatabaseOptions {
  readonly path: string
  readonly now: () => number
  /** What DuckDB may use for its work before it spills to disk. */
  readonly memoryLimitMb: number
  /** Threads that a query or fold may use; undefined: as many as there are cores. */
  readonly threads: number | undefined
}

export interface Database {
  readonly path: string
  connect(): Promise<DuckDBConnection>
  /** The write-ahead log's length in bytes. */
  logSize(): number
  /** All connections must be closed before. */
  close(): void
}

/** DuckDB's lock keeps other processes out, but not another instance in this one. */
const openHere = new Set<string>()

/**
 * Opens the file, making or upgrading its tables. Nothing is ever repaired or made anew in the place of something.
 * @throws DataFolderProblem when it is in use, damaged, not ours, or a newer Routemeter's.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  mkdirSync(dirname(options.path), { recursive: true })
  const path = join(realpathSync(dirname(options.path)), basename(options.path))
  if (openHere.has(path)) throw new DataFolderProblem(`The usage file ${path} is already open in this process.`)
  refuseRemains(path)
  openHere.add(path)
  let instance: DuckDBInstance | undefined
  try {
    if (!existsSync(path)) await makeFile(path)
    instance = await DuckDBInstance.create(path, settings(path, options))
    await prepare(instance, options.now())
    return joined(path, instance)
  } catch (error) {
    instance?.closeSync()
    openHere.delete(path)
    throw asProblem(path, error)
  }
}

/** Appears under its name when it is whole: what a kill leaves of it would be taken for a damaged file. */
async function makeFile(path: string): Promise<void> {
  const unfinished = `${path}.new`
  rmSync(unfinished, { force: true })
  const instance = await DuckDBInstance.create(unfinished)
  instance.closeSync()
  renameSync(unfinished, path)
}

/** A log without its file, or an empty file, would be taken for a new database: somebody’s data is missing. */
function refuseRemains(path: string): void {
  const isThere = existsSync(path)
  if (!isThere && existsSync(`${path}.wal`)) {
    throw new DataFolderProblem(`The usage file ${path} is missing, but its log ${path}.wal is there. ${WHAT_TO_DO}`)
  }
  if (isThere && statSync(path).size === 0)
    throw new DataFolderProblem(`The usage file ${path} is empty. ${WHAT_TO_DO}`)
}

const WHAT_TO_DO = 'Nothing was changed. Restore the data folder from a backup, or move it away to begin anew.'

const SPILLED_PER_MEMORY = 4

/**
 * Checkpoints are ours to time (checkpoints.ts): one that fails in the middle of a commit, as on a full disk, makes
 * DuckDB unusable until the file is opened again. Nothing outside the file is ever read, written or loaded.
 */
function settings(path: string, options: DatabaseOptions): Record<string, string> {
  return {
    temp_directory: `${path}.tmp`,
    memory_limit: `${options.memoryLimitMb}MiB`,
    // A query that needs more than this as well fails, and does not fill the disk that commits need.
    max_temp_directory_size: `${options.memoryLimitMb * SPILLED_PER_MEMORY}MiB`,
    wal_autocheckpoint: '1TB',
    auto_checkpoint_skip_wal_threshold: '1000000000000',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    enable_external_access: 'false',
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  }
}

async function prepare(instance: DuckDBInstance, now: number): Promise<void> {
  const connection = await instance.connect()
  try {
    await connection.run("SET GLOBAL TimeZone = 'UTC'")
    // One that is refused, as damaged, must be left as it is.
    await connection.run('PRAGMA disable_checkpoint_on_shutdown')
    await connection.run('SET lock_configuration = true')
    await migrate(connection, now)
  } finally {
    connection.disconnectSync()
  }
}

function joined(path: string, instance: DuckDBInstance): Database {
  return {
    path,
    connect: () => instance.connect(),
    logSize: () => statSync(`${path}.wal`, { throwIfNoEntry: false })?.size ?? 0,
    close: () => {
      instance.closeSync()
      openHere.delete(path)
    },
  }
}

/** What kept the file from being opened, for whoever runs the server. */
export function asProblem(path: string, error: unknown): DataFolderProblem {
  const reason = error instanceof Error ? error.message : String(error)
  const lock = /Conflicting lock is held in .*?\(PID (\d+)\)/.exec(reason)
  if (lock !== null || reason.includes('Could not set lock on file')) {
    const who = lock === null ? '' : ` (pid ${lock[1]})`
    return new DataFolderProblem(
      `The usage file ${path} is in use by another process${who}. Stop that one, or choose another data folder.`,
      { cause: error },
    )
  }
  if (error instanceof DataFolderProblem && /newer Routemeter|lacks what was counted/.test(reason)) return error
  return new DataFolderProblem(`The usage file ${path} cannot be read: ${firstLine(reason)} ${WHAT_TO_DO}`, {
    cause: error,
  })
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? ''
  return /[.!]$/.test(line) ? line : `${line}.`
}
