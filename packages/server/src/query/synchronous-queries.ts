import type { Scope } from '../domain/scope.ts'
import type { UsageQuery } from '../domain/usage-query.ts'
import type { Body } from './body-spool.ts'
import type { TablePresenter, UsageMeta } from './presenters/usage-table.ts'

/** A usage query that is answered at once (api.md §4). */
export interface SynchronousQuery {
  /** Whose turn it takes. */
  readonly organizationId: string
  readonly scope: Scope
  readonly query: UsageQuery
}

/** The whole answer, in the presenter's shape; whoever does not send its body disposes of it. */
export interface SynchronousAnswer {
  readonly body: Body
  readonly meta: UsageMeta
}

export interface SynchronousQueries {
  /**
   * Asks the store when the organization's turn has come and answers when every row is there, so that a caller who reads
   * slowly keeps nobody waiting.
   * @throws Refusal too.many.requests when too many of the organization's wait already, request.timeout when it takes
   *   longer than it may, constraint.validation for an answer of too many bytes, and whatever the store refuses;
   *   the signal's reason when it aborts.
   */
  answer(asked: SynchronousQuery, presenter: TablePresenter, signal: AbortSignal): Promise<SynchronousAnswer>
}
