import type { Scope } from '../domain/scope.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import { addRows, type ExecutionRecord, type RowsChunk } from '../metadata/executions.ts'
import type { ClientName, UsageStore } from '../store/usage-store.ts'
import { CHUNK_ROWS, encodeRows, inChunksOf } from './kept-rows.ts'
import { readQuery, readScope, type ScopeRecord } from './stored-execution.ts'

/** What an attempt needs of the rest of the server. */
export interface AttemptParts {
  readonly metadata: MetadataDatabase
  readonly store: Pick<UsageStore, 'query'>
  /** The names under which clients are registered in the scope's organizations. */
  readonly clientNamesFor: (scope: Scope) => Promise<readonly ClientName[]>
  /** identity/'s way back from a kept scope. */
  readonly restoreScope: (record: ScopeRecord) => Scope
}

/** A result whose last chunk is not on disk yet: it goes there with the state that says that the result is complete. */
export interface NearlyKept {
  readonly rowCount: number
  /** Compressed, the last chunk included. */
  readonly keptBytes: number
  readonly lastChunk: RowsChunk | undefined
}

/**
 * One attempt: asks the store and writes the rows to disk as they come, a chunk in memory at a time. Nobody sees them
 * until completeExecution.
 * @param claim takes the bytes of each chunk from the organization's share before they are written.
 * @throws the signal's reason when it is aborted, and whatever the store and `claim` throw.
 */
export async function keepResult(
  parts: AttemptParts,
  record: ExecutionRecord,
  signal: AbortSignal,
  claim: (bytes: number) => void,
): Promise<NearlyKept> {
  const scope = parts.restoreScope(readScope(record.scope))
  const clientNames = await parts.clientNamesFor(scope)
  const result = await parts.store.query(scope, readQuery(record.query), { clientNames, signal })
  let rowCount = 0
  let keptBytes = 0
  let lastChunk: RowsChunk | undefined
  for await (const rows of inChunksOf(CHUNK_ROWS, result.chunks)) {
    signal.throwIfAborted()
    if (lastChunk !== undefined) await addRows(parts.metadata, lastChunk)
    const kept = encodeRows(rows)
    claim(kept.length)
    const chunk = lastChunk === undefined ? 0 : lastChunk.chunk + 1
    lastChunk = { executionId: record.id, chunk, firstRow: rowCount, rowCount: rows.length, rows: kept }
    rowCount += rows.length
    keptBytes += kept.length
  }
  signal.throwIfAborted()
  return { rowCount, keptBytes, lastChunk }
}
