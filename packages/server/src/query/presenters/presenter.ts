import type { UsageQuery } from '../../domain/usage-query.ts'
import type { ExecutionState } from '../executions.ts'
import type { UsageRow } from '../kept-rows.ts'

/** What there is to tell of a query at the moment it is asked about. */
export interface Answer {
  readonly state: ExecutionState
  readonly query: UsageQuery
  /** The rows of the page that was asked for, values in the order of `columnsOf(query)`; none unless it is complete. */
  readonly rows: AsyncIterable<readonly UsageRow[]>
  /** Where this answer is read, relative to the server. */
  readonly selfUri: string
  /** The page that follows this one; undefined on the last, and for what is answered whole. */
  readonly next: NextPage | undefined
  /** The platform's ErrorBody of a query that failed. */
  readonly failure?: object
}

export interface NextPage {
  readonly cursor: string
  /** Relative to the server, the cursor in it. */
  readonly uri: string
}

/** Words an answer in one response shape. To add one: write its file, list it in presenters.ts. */
export interface Presenter {
  readonly contentType: string
  /** The response's text, in pieces that are made as the rows are read: an answer of any size takes little memory. */
  present(answer: Answer): AsyncIterable<string>
}
