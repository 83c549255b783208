import type { Scope } from '../domain/scope.ts'
import type { UsageQuery } from '../domain/usage-query.ts'
import type { UsageValue } from '../store/usage-store.ts'

export type ExecutionState = 'queued' | 'running' | 'complete' | 'failed' | 'cancelled'

/** Names an execution together with whose it is: an id is found only by its owner, at the operation that made it. */
export interface ExecutionKey {
  readonly id: string
  readonly organizationId: string
  readonly operation: string
  /** The {clientId} of the operation's path; "" where it has none. */
  readonly clientId: string
}

/** An asynchronous usage query: submitted, run when its turn comes, its result kept and read in pages until it expires. */
export interface Execution extends ExecutionKey {
  readonly state: ExecutionState
  readonly query: UsageQuery
  /** How many rows the kept result has; 0 until it is complete. */
  readonly rowCount: number
  readonly submittedAt: number
  readonly expiresAt: number
}

export interface Submission {
  readonly organizationId: string
  readonly operation: string
  readonly clientId: string
  readonly scope: Scope
  readonly query: UsageQuery
}

export interface Executions extends AsyncDisposable {
  /**
   * Takes a query in; when this resolves it is on disk and will be run, across restarts too.
   * @throws Refusal too.many.requests when the organization has too many waiting or kept.
   */
  submit(submission: Submission): Promise<Execution>
  /** Undefined for what never was, has expired, or is another's. */
  find(key: ExecutionKey): Promise<Execution | undefined>
  /** Resolves when an execution has ended, and after so many milliseconds at the latest. */
  ended(execution: Execution, milliseconds: number): Promise<void>
  /**
   * Ends an execution as cancelled, whatever its state was, and frees what it kept; it is told as cancelled until it
   * expires. False for what `find` does not find.
   */
  cancel(key: ExecutionKey): Promise<boolean>
  /** The kept rows from `first` on, at most `count`, in chunks; values in the order of `columnsOf(execution.query)`. */
  rows(execution: Execution, first?: number, count?: number): AsyncIterable<readonly (readonly UsageValue[])[]>
}
