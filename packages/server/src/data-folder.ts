import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DataFolderProblem } from './domain/data-folder-problem.ts'

/** The layout below; a newer number is a newer Routemeter's. What is inside the two files is their own migrations' matter. */
const FORMAT = 1

export interface DataFolder {
  readonly path: string
  readonly usageFile: string
  readonly metadataFile: string
  /** Where the first client's secret is kept when it may not be printed (decisions.md 22); often there is none. */
  readonly firstClientSecretFile: string
  /** Both files were made whole before. */
  readonly isInUse: boolean
  /** Says on disk that both files were made whole: from then on neither may be missing. */
  seal(): void
}

/**
 * Finds or makes the data folder. A folder that was in use and has lost one of its files is reported, never filled with
 * a new one: an empty answer would be a wrong answer.
 * @throws DataFolderProblem
 */
export function openDataFolder(path: string): DataFolder {
  makeWritable(path)
  const marker = join(path, 'routemeter.json')
  const usageFile = join(path, 'usage.duckdb')
  const metadataFile = join(path, 'metadata.sqlite')
  const sealed = existsSync(marker)
  if (sealed) checkFormat(path, marker)
  // The usage file is made first, so that without the seal the metadata alone is a loss too.
  const lost = (sealed || existsSync(metadataFile)) && !existsSync(usageFile) ? usageFile : undefined
  const missing = lost ?? (sealed && !existsSync(metadataFile) ? metadataFile : undefined)
  if (missing !== undefined) {
    throw new DataFolderProblem(
      `The data folder ${path} is damaged: ${missing} is missing. Restore it from a backup, or start with another folder.`,
    )
  }
  const firstClientSecretFile = join(path, 'first-client-secret')
  return {
    path,
    usageFile,
    metadataFile,
    firstClientSecretFile,
    isInUse: sealed,
    seal: () => (sealed ? undefined : writeMarker(marker)),
  }
}

function makeWritable(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DataFolderProblem(`The data folder ${path} cannot be used: ${reason}. Choose another one with --data.`, {
      cause: error,
    })
  }
}

function checkFormat(path: string, marker: string): void {
  let format: unknown
  try {
    format = (JSON.parse(readFileSync(marker, 'utf8')) as { format?: unknown }).format
  } catch (error) {
    throw new DataFolderProblem(
      `The data folder ${path} is damaged: ${marker} cannot be read. Restore it from a backup.`,
      {
        cause: error,
      },
    )
  }
  if (format === FORMAT) return
  throw new DataFolderProblem(
    `The data folder ${path} was written by a newer Routemeter (format ${String(format)}, this one knows ${FORMAT}). Start that version, or a newer one.`,
  )
}

function writeMarker(marker: string): void {
  const written = `${marker}.new`
  const file = openSync(written, 'w', 0o600)
  writeSync(file, `${JSON.stringify({ format: FORMAT })}\n`)
  fsyncSync(file)
  closeSync(file)
  renameSync(written, marker)
}
