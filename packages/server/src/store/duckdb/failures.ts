import { StoreUnavailable } from '../usage-store.ts'

/** What an error of DuckDB means for the store; its texts are the only thing that tells them apart. */

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** The state of the database is unknown: it must not be used any more. */
export class RollbackFailed extends Error {
  override readonly name = 'RollbackFailed'
}

/**
 * Nothing of a commit is there, and the session that refused it is broken: a new one may take it. When memory runs out in
 * a write, DuckDB 1.5 may keep a part of its rows in some columns only, and its next checkpoint fails for that.
 */
export class CommitRefused extends StoreUnavailable {}

/** DuckDB has stopped trusting its memory: nothing is answered before the file is opened anew. */
export function isFatal(error: unknown): boolean {
  return /FATAL Error|^INTERNAL Error|database has been invalidated/.test(messageOf(error))
}

/** The machine said no (disk full, no memory); what was asked for is right and may be asked again. */
function isShortage(error: unknown): boolean {
  return (
    isOutOfMemory(error) ||
    /Could not (write|fsync|truncate|create|open|move)|No space left|Failed to commit: .*IO Error/i.test(
      messageOf(error),
    )
  )
}

/** What others use of the memory, queries most of all, left too little. */
export function isOutOfMemory(error: unknown): boolean {
  return /Out of Memory|failed to (pin block|allocate data)|could not allocate block/i.test(messageOf(error))
}

/** `interrupt()` was called. */
export function isInterrupted(error: unknown): boolean {
  return messageOf(error).startsWith('INTERRUPT Error')
}

/** A checkpoint found another transaction that writes; it is tried again later. */
export function isCheckpointBusy(error: unknown): boolean {
  return /Cannot CHECKPOINT/.test(messageOf(error))
}

/** After a commit that failed there is nothing left to roll back. */
export function isNothingToRollBack(error: unknown): boolean {
  return /no transaction is active/.test(messageOf(error))
}

/** The error as callers of the store get it; a bug stays what it is. */
export function asCallersSee(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error
  if (!isFatal(error) && !isShortage(error) && !(error instanceof RollbackFailed)) return error
  return new StoreUnavailable('The store cannot take or answer anything now; try again later.', { cause: error })
}
