import { Type } from 'typebox'
import { Refusal, shown } from '../../domain/refusal.ts'
import type { Execution } from '../../query/executions.ts'
import type { NextPage } from '../../query/presenters/presenter.ts'

/** Which rows of a kept result are asked for. */
export interface Page {
  /** At most so many rows. */
  readonly size: number
  /** Cursor of the page; undefined for the first. */
  readonly after: string | undefined
}

export const WHOLE: Page = { size: Number.POSITIVE_INFINITY, after: undefined }
const MAX_PAGE_SIZE = 1000
/** Rows a page of a job's result when the caller does not say. */
export const JOB_PAGE_SIZE = 100

/** The query parameters of a result that is read in pages; `pageSize=0` is "not given" (the Go SDK cannot leave it out). */
export const PageQuery = Type.Object({
  pageSize: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: MAX_PAGE_SIZE,
      description: 'Rows a page, 1 to 1000; 0 as if it were left out.',
    }),
  ),
  after: Type.Optional(Type.String({ description: 'Cursor of the page that follows, as the page before says it.' })),
})

/** @param withoutSize how many rows when the caller does not say. */
export function pageOf(query: { readonly pageSize?: number; readonly after?: string }, withoutSize: number): Page {
  return { size: query.pageSize || withoutSize, after: query.after }
}

/**
 * The row at which a page starts, counted from 0.
 * @throws Refusal invalid.query.param.value for a cursor that this execution did not give.
 */
export function startOf({ after }: Page, execution: Pick<Execution, 'id' | 'state' | 'rowCount'>): number {
  if (after === undefined) return 0
  const [id, digits = ''] = Buffer.from(after, 'base64url').toString('latin1').split(':')
  const row = Number(digits)
  const isOurs = id === execution.id && cursorOf(id, row) === after
  if (isOurs && (execution.state !== 'complete' || row < execution.rowCount)) return row
  throw new Refusal(
    'invalid.query.param.value',
    'The query parameter [{field}] must be the cursor that a page of this result gave, not [{value}].',
    { field: 'after', value: shown(after) },
  )
}

export function nextPage(
  { size }: Page,
  execution: Pick<Execution, 'id' | 'rowCount'>,
  first: number,
  selfUri: string,
): NextPage | undefined {
  if (first + size >= execution.rowCount) return undefined
  const cursor = cursorOf(execution.id, first + size)
  return { cursor, uri: `${selfUri}?after=${cursor}&pageSize=${size}` }
}

function cursorOf(executionId: string, row: number): string {
  return Buffer.from(`${executionId}:${row}`, 'latin1').toString('base64url')
}
