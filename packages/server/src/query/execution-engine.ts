import { randomUUID } from 'node:crypto'
import { checkCombination } from '../domain/usage-query.ts'
import { isDiskFull } from '../metadata/disk-full.ts'
import {
  addExecution,
  cancelExecution,
  deleteExpired,
  deleteOrphanedRows,
  findExecution,
  keptBytesByOrganization,
  readRows,
  resumeExecutions,
} from '../metadata/executions.ts'
import { StoreUnavailable } from '../store/usage-store.ts'
import type { Execution, ExecutionKey, Executions, Submission } from './executions.ts'
import { FairQueue } from './fair-queue.ts'
import { decodeRows, type UsageRow } from './kept-rows.ts'
import { Pending } from './pending.ts'
import { Shares } from './shares.ts'
import { toExecution, writeQuery, writeScope } from './stored-execution.ts'
import { type ExecutionParts, endingNow, expiry, LONGEST_WAIT_MS, takeTurn } from './turn.ts'

const SWEEP_EVERY_MS = 60_000
/** An answer that is being sent when its result expires can be sent to its end. */
const READING_MS = 5 * 60_000
/** Pause after the metadata could not be written, for example because the disk is full. */
const REST_MS = 5_000

/**
 * The executions of this process over the metadata and the store (decisions.md 14). What waited or ran when the last
 * process ended is run again, in the order of arrival. `idle` resolves when nothing waits or runs.
 * Disposing aborts what runs and lets it wait for the next start; the metadata and the store must outlive that.
 */
export function createExecutions(parts: ExecutionParts): Executions & { idle(): Promise<void> } {
  return new Engine(parts)
}

interface Waiting {
  readonly id: string
  readonly organizationId: string
}

class Engine implements Executions {
  readonly #parts: ExecutionParts
  readonly #shares: Shares
  /** Only who waits and in which order; what they ask is read when their turn comes. */
  readonly #queue = new FairQueue<Waiting>()
  readonly #turns = new Set<Promise<void>>()
  /** What cancels each execution whose turn it is. */
  readonly #cancels = new Map<string, AbortController>()
  readonly #pending = new Pending()
  readonly #stop = new AbortController()
  readonly #resumed: Promise<void>
  readonly #sweeper: NodeJS.Timeout
  #sweeping: Promise<void> = Promise.resolve()
  #resting: NodeJS.Timeout | undefined
  #whenIdle: (() => void)[] = []

  constructor(parts: ExecutionParts) {
    this.#parts = parts
    this.#shares = new Shares(parts.limits)
    this.#resumed = this.#resume()
    this.#resumed.catch((err: unknown) => parts.log.error({ err }, 'Executions cannot be resumed'))
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_EVERY_MS).unref()
  }

  async submit(submission: Submission): Promise<Execution> {
    await this.#resumed
    const { organizationId, operation, clientId, query } = submission
    checkCombination(query)
    const leave = this.#shares.arrive(organizationId, this.#queue.waiting(organizationId))
    const submittedAt = this.#parts.now()
    const id = randomUUID()
    const expiresAt = expiry(submittedAt + LONGEST_WAIT_MS, this.#parts.limits)
    try {
      await addExecution(this.#parts.metadata, {
        id,
        organizationId,
        operation,
        clientId,
        scope: writeScope(submission.scope),
        query: writeQuery(query),
        submittedAt,
        expiresAt,
      })
    } catch (error) {
      throw isDiskFull(error) ? new StoreUnavailable('the query cannot be kept', { cause: error }) : error
    } finally {
      leave()
    }
    this.#parts.metrics?.recordExecution('queued')
    this.#pending.begin(id)
    this.#queue.add(organizationId, { id, organizationId })
    this.#serve()
    return { id, organizationId, operation, clientId, state: 'queued', query, rowCount: 0, submittedAt, expiresAt }
  }

  async find(key: ExecutionKey): Promise<Execution | undefined> {
    const record = await findExecution(this.#parts.metadata, key)
    if (record === undefined) return undefined
    const gone = record.finishedAt !== null && record.expiresAt <= this.#parts.now()
    return gone ? undefined : toExecution(record)
  }

  async ended({ id }: Execution, milliseconds: number): Promise<void> {
    await this.#pending.wait(id, milliseconds)
  }

  async cancel(key: ExecutionKey): Promise<boolean> {
    await this.#resumed
    const execution = await this.find(key)
    if (execution === undefined) return false
    const { id, organizationId, state } = execution
    if (state === 'cancelled') return true
    this.#shares.free(organizationId, await cancelExecution(this.#parts.metadata, id, endingNow(this.#parts)))
    this.#queue.remove(organizationId, (waiting) => waiting.id === id)
    this.#cancels.get(id)?.abort(new Error('the execution was cancelled'))
    this.#pending.end(id)
    this.#parts.metrics?.recordExecution('cancelled')
    return true
  }

  async *rows(execution: Execution, first = 0, count = Number.POSITIVE_INFINITY): AsyncGenerator<readonly UsageRow[]> {
    const end = Math.min(execution.rowCount, first + count)
    let row = first
    let chunk = 0
    while (row < end) {
      const kept = await readRows(this.#parts.metadata, execution.id, row, chunk)
      if (kept === undefined || kept.firstRow > row)
        throw new Error(`Row ${row} of execution ${execution.id} is missing`)
      yield decodeRows(kept.rows).slice(row - kept.firstRow, end - kept.firstRow)
      row = kept.firstRow + kept.rowCount
      chunk = kept.chunk + 1
    }
  }

  async idle(): Promise<void> {
    await this.#resumed
    if (this.#isIdle()) return
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the server is stopping'))
    clearInterval(this.#sweeper)
    clearTimeout(this.#resting)
    await this.#resumed.catch(() => {})
    await this.#sweeping
    await Promise.all(this.#turns)
  }

  async #resume(): Promise<void> {
    const { metadata } = this.#parts
    await deleteOrphanedRows(metadata)
    for (const waiting of await resumeExecutions(metadata)) {
      this.#pending.begin(waiting.id)
      this.#queue.add(waiting.organizationId, waiting)
    }
    this.#sweep()
    await this.#sweeping
    this.#serve()
  }

  /** Gives turns while there are free ones. */
  #serve(): void {
    const { maxConcurrentExecutions } = this.#parts.limits
    while (this.#mayServe() && this.#turns.size < maxConcurrentExecutions) {
      const waiting = this.#queue.take()
      if (waiting === undefined) break
      const turn: Promise<void> = this.#turn(waiting).finally(() => {
        this.#turns.delete(turn)
        this.#serve()
      })
      this.#turns.add(turn)
    }
    if (this.#isIdle()) for (const resolve of this.#whenIdle.splice(0)) resolve()
  }

  #mayServe(): boolean {
    return !this.#stop.signal.aborted && this.#resting === undefined
  }

  #isIdle(): boolean {
    return this.#turns.size === 0 && (this.#queue.isEmpty || this.#stop.signal.aborted)
  }

  /** One turn, which never rejects: when even its outcome cannot be kept, it is taken again after a rest. */
  async #turn(waiting: Waiting): Promise<void> {
    const cancel = new AbortController()
    this.#cancels.set(waiting.id, cancel)
    try {
      const stop = AbortSignal.any([this.#stop.signal, cancel.signal])
      const outcome = await takeTurn(this.#parts, waiting.id, this.#shares, stop)
      if (outcome === 'again') this.#queue.addFirst(waiting.organizationId, waiting)
      else this.#pending.end(waiting.id)
    } catch (err) {
      this.#parts.log.error({ err, executionId: waiting.id }, 'The state of an execution cannot be kept; trying again')
      this.#queue.addFirst(waiting.organizationId, waiting)
      this.#rest()
    } finally {
      this.#cancels.delete(waiting.id)
    }
  }

  #rest(): void {
    if (this.#stop.signal.aborted) return
    this.#resting ??= setTimeout(() => {
      this.#resting = undefined
      this.#serve()
    }, REST_MS).unref()
  }

  /** Forgets what has expired. Sweeps never overlap. */
  #sweep(): void {
    const { metadata, log, now } = this.#parts
    this.#sweeping = this.#sweeping
      .then(async () => {
        await deleteExpired(metadata, now() - READING_MS)
        this.#shares.recount(await keptBytesByOrganization(metadata))
      })
      .catch((err: unknown) => log.error({ err }, 'Expired results cannot be deleted'))
  }
}
