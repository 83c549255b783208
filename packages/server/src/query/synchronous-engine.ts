import { formatInstant } from '../domain/periods.ts'
import { Refusal } from '../domain/refusal.ts'
import type { Scope } from '../domain/scope.ts'
import { checkCombination, type Interval, type UsageQuery } from '../domain/usage-query.ts'
import type { ClientName, UsageResult, UsageStore } from '../store/usage-store.ts'
import { spoolBody } from './body-spool.ts'
import { deadline } from './deadline.ts'
import { FairSlots } from './fair-slots.ts'
import type { UsageRow } from './kept-rows.ts'
import type { TablePresenter, UsageMeta, UsageTable } from './presenters/usage-table.ts'
import type { SynchronousAnswer, SynchronousQueries, SynchronousQuery } from './synchronous-queries.ts'

export interface SynchronousParts {
  readonly store: Pick<UsageStore, 'query'>
  /** The names under which clients are registered in the scope's organizations. */
  readonly clientNamesFor: (scope: Scope) => Promise<readonly ClientName[]>
  readonly now: () => number
  readonly limits: SynchronousLimits
}

export interface SynchronousLimits {
  /** Queries that run at once. */
  readonly atOnce: number
  /** Queries of one organization that may wait for their turn. */
  readonly mostWaiting: number
  readonly timeoutMs: number
}

/** Rows of one answer (decisions.md 13). */
const MOST_ROWS = 100_000

export function createSynchronousQueries(parts: SynchronousParts): SynchronousQueries {
  const { atOnce, mostWaiting, timeoutMs } = parts.limits
  const slots = new FairSlots(atOnce, mostWaiting)
  return {
    async answer(asked, presenter, signal) {
      checkCombination(asked.query)
      using limited = deadline(signal, timeoutMs)
      try {
        using _turn = await slots.enter(asked.organizationId, limited.signal)
        return await answered(parts, asked, presenter, limited.signal)
      } catch (error) {
        throw isTimeout(error) && !signal.aborted ? tookTooLong(timeoutMs) : error
      }
    },
  }
}

async function answered(
  { store, clientNamesFor, now }: SynchronousParts,
  { scope, query }: SynchronousQuery,
  presenter: TablePresenter,
  signal: AbortSignal,
): Promise<SynchronousAnswer> {
  const clientNames = needsNames(query) ? await clientNamesFor(scope) : []
  const began = performance.now()
  const snapshot = now()
  const options = { clientNames, facts: true, signal }
  const result = await store.query(scope, { ...query, maxRows: MOST_ROWS + 1 }, options)
  const counted = { isTruncated: false }
  const rows = firstRows(result, MOST_ROWS, counted)
  let last: UsageMeta | undefined
  const meta = () => {
    last ??= metaOf(query, result, snapshot, counted.isTruncated, performance.now() - began)
    return last
  }
  const table: UsageTable = { query, rows, meta }
  return { body: await spoolBody(presenter.present(table)), meta: meta() }
}

function needsNames({ groupBy, filters }: UsageQuery): boolean {
  return groupBy.includes('clientName') || filters.clientName !== undefined
}

/** At most so many rows; reading goes on to the end, so that it is known whether there were more. */
async function* firstRows(
  { chunks }: UsageResult,
  most: number,
  counted: { isTruncated: boolean },
): AsyncGenerator<readonly UsageRow[]> {
  let left = most
  for await (const chunk of chunks) {
    counted.isTruncated ||= chunk.length > left
    if (left > 0) yield chunk.length > left ? chunk.slice(0, left) : chunk
    left -= Math.min(left, chunk.length)
  }
}

function metaOf(
  query: UsageQuery,
  { facts }: UsageResult,
  snapshot: number,
  truncated: boolean,
  took: number,
): UsageMeta {
  const { interval, previous, timeZone, granularity, top } = query
  const written = ({ start, end }: Interval) => `${formatInstant(start, timeZone)}/${formatInstant(end, timeZone)}`
  return {
    interval: written(interval),
    ...(previous === undefined ? {} : { previousInterval: written(previous) }),
    timeZone,
    granularity: granularity ?? null,
    completeThrough: formatInstant(snapshot, timeZone),
    freshnessMs: facts?.newestEvent === undefined ? null : snapshot - facts.newestEvent,
    truncated,
    limit: top?.groups ?? null,
    rowsScanned: facts?.rowsScanned ?? 0,
    tookMs: Math.round(took),
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError'
}

function tookTooLong(timeoutMs: number): Refusal {
  return new Refusal(
    'request.timeout',
    'The query took longer than the allowed {seconds} seconds and was stopped. Ask for a shorter interval or for less, or submit it to be run and kept.',
    { seconds: String(timeoutMs / 1000) },
  )
}
