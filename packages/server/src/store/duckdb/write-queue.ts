import type { EventBatch } from '../../domain/event-batch.ts'
import { type CommitReceipt, StoreUnavailable } from '../usage-store.ts'

interface WaitingCommit {
  readonly batches: readonly EventBatch[]
  readonly events: number
  readonly answer: PromiseWithResolvers<CommitReceipt>
}

interface WaitingWork {
  readonly run: () => Promise<void>
}

/** Most events of one transaction; a single commit may have more. */
const LARGEST_GROUP = 10_000

/**
 * Whatever changes what commits rely on waits here for its turn. Commits that wait together share a transaction, so that
 * many small ones cost one sync of the disk.
 */
export class WriteQueue {
  readonly #commit: (batches: readonly EventBatch[]) => Promise<readonly number[]>
  readonly #waiting: (WaitingCommit | WaitingWork)[] = []
  #draining: Promise<void> | undefined
  #isClosed = false

  /** @param commit counts events in one transaction; says for each batch how many were duplicates. */
  constructor(commit: (batches: readonly EventBatch[]) => Promise<readonly number[]>) {
    this.#commit = commit
  }

  async commit(batches: readonly EventBatch[]): Promise<CommitReceipt> {
    const answer = Promise.withResolvers<CommitReceipt>()
    const events = batches.reduce((sum, { count }) => sum + count, 0)
    this.#add({ batches, events, answer })
    return answer.promise
  }

  /** Runs `work` while no commit runs. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const answer = Promise.withResolvers<T>()
    this.#add({ run: () => work().then(answer.resolve, answer.reject) })
    return answer.promise
  }

  /** Finishes what waits and refuses what comes later. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#draining
  }

  #add(task: WaitingCommit | WaitingWork): void {
    if (this.#isClosed) throw new StoreUnavailable('The store is closing.')
    this.#waiting.push(task)
    this.#draining ??= this.#drain()
  }

  async #drain(): Promise<void> {
    // What is asked for in the same turn of the event loop is done together.
    await Promise.resolve()
    for (;;) {
      const task = this.#waiting.shift()
      if (task === undefined) break
      if ('run' in task) await task.run()
      else await this.#runGroup(this.#groupOf(task))
    }
    this.#draining = undefined
  }

  #groupOf(first: WaitingCommit): readonly WaitingCommit[] {
    const group = [first]
    let size = first.events
    for (;;) {
      const next = this.#waiting[0]
      if (next === undefined || 'run' in next || size + next.events > LARGEST_GROUP) return group
      this.#waiting.shift()
      group.push(next)
      size += next.events
    }
  }

  async #runGroup(group: readonly WaitingCommit[]): Promise<void> {
    try {
      const duplicates = await this.#commit(group.flatMap(({ batches }) => batches))
      let at = 0
      for (const { batches, answer } of group) {
        answer.resolve({ duplicates: duplicates.slice(at, at + batches.length) })
        at += batches.length
      }
    } catch (error) {
      if (group.length === 1) group[0]?.answer.reject(error)
      // Nothing was counted; what is wrong with one commit must not fail the others.
      else for (const commit of group) await this.#runGroup([commit])
    }
  }
}
