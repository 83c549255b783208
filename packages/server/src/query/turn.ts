import type { Log } from '../domain/log.ts'
import {
  completeExecution,
  type Ending,
  type ExecutionRecord,
  endAttempt,
  failExecution,
  readExecution,
  startAttempt,
} from '../metadata/executions.ts'
import { deadline } from './deadline.ts'
import type { ExecutionState } from './executions.ts'
import { type AttemptParts, keepResult, type NearlyKept } from './keep-result.ts'
import { NoRoom, type ShareLimits, type Shares } from './shares.ts'

export interface ExecutionLimits extends ShareLimits {
  /** How many executions run at once; the others wait their turn. */
  readonly maxConcurrentExecutions: number
  /** How long a result can be read after it was made. */
  readonly resultHours: number
  /** How long one attempt may take, milliseconds. */
  readonly timeoutMs: number
}

/** What telemetry wants to know. */
export interface ExecutionMetrics {
  /** An execution that reached this state. */
  recordExecution(state: ExecutionState): void
  /** An attempt: how long it took, milliseconds, and whether it succeeded. */
  recordQuery(milliseconds: number, succeeded: boolean): void
}

export interface ExecutionParts extends AttemptParts {
  readonly now: () => number
  readonly log: Log
  readonly metrics?: ExecutionMetrics
  readonly limits: ExecutionLimits
}

const HOUR_MS = 3_600_000
const MAX_ATTEMPTS = 2
/** Minutes are kept for a day past the horizon of decisions.md 9, so that a query still finds those it was asked for. */
export const LONGEST_WAIT_MS = 24 * HOUR_MS

/** Until when an execution that ended at this instant is told about. */
export function expiry(finishedAt: number, limits: ExecutionLimits): number {
  return finishedAt + limits.resultHours * HOUR_MS
}

/**
 * An execution's turn: one attempt, and what becomes of it.
 * @param stop aborted when the server stops or the execution is cancelled: then the attempt does not count.
 * @returns `again` when it is to have another turn.
 * @throws when its state cannot be kept; taking the turn again later is safe.
 */
export async function takeTurn(
  parts: ExecutionParts,
  id: string,
  shares: Shares,
  stop: AbortSignal,
): Promise<'ended' | 'again'> {
  const record = await readExecution(parts.metadata, id)
  if (record === undefined || !(record.state === 'queued' || record.state === 'running')) return 'ended'
  const hopeless = whyHopeless(record, parts.now())
  if (hopeless !== undefined) return fail(parts, record, new Error(hopeless))
  if (!(await startAttempt(parts.metadata, id))) return 'ended'

  using limit = deadline(stop, parts.limits.timeoutMs)
  using claim = shares.claim(record.organizationId)
  parts.metrics?.recordExecution('running')
  const started = performance.now()
  let kept: NearlyKept
  try {
    kept = await keepResult(parts, record, limit.signal, claim.add)
    parts.metrics?.recordQuery(performance.now() - started, true)
  } catch (error) {
    parts.metrics?.recordQuery(performance.now() - started, false)
    return afterFailedAttempt(parts, record, error, stop)
  }
  const { lastChunk, ...result } = kept
  const completed = await completeExecution(parts.metadata, id, { ...result, ...endingNow(parts) }, lastChunk)
  if (completed) claim.keep()
  if (completed) parts.metrics?.recordExecution('complete')
  return 'ended'
}

function whyHopeless(record: ExecutionRecord, now: number): string | undefined {
  if (record.attempts >= MAX_ATTEMPTS) return 'its last attempt ended with the process'
  if (now - record.submittedAt > LONGEST_WAIT_MS) return 'it waited for more than 24 hours'
  return undefined
}

async function afterFailedAttempt(parts: ExecutionParts, record: ExecutionRecord, err: unknown, stop: AbortSignal) {
  if (stop.aborted) {
    await endAttempt(parts.metadata, record.id, 'withdrawn')
    return 'ended'
  }
  if (record.attempts + 1 >= MAX_ATTEMPTS || err instanceof NoRoom) return fail(parts, record, err)
  parts.log.warn({ err, ...named(record) }, 'An attempt of an execution failed; it is tried once more')
  await endAttempt(parts.metadata, record.id, 'failed')
  return 'again'
}

/** The reason goes to the log and nowhere else: callers see only that it failed. */
async function fail(parts: ExecutionParts, record: ExecutionRecord, err: unknown): Promise<'ended'> {
  await failExecution(parts.metadata, record.id, endingNow(parts))
  parts.metrics?.recordExecution('failed')
  parts.log.error({ err, ...named(record) }, 'An execution failed')
  return 'ended'
}

export function endingNow(parts: Pick<ExecutionParts, 'now' | 'limits'>): Ending {
  const finishedAt = parts.now()
  return { finishedAt, expiresAt: expiry(finishedAt, parts.limits) }
}

function named(record: ExecutionRecord) {
  return { executionId: record.id, organizationId: record.organizationId, operation: record.operation }
}
