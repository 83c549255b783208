import type { EventBatch } from '../domain/event-batch.ts'
import type { Log } from '../domain/log.ts'
import { StoreUnavailable, type UsageStore } from '../store/usage-store.ts'

export interface GroupCommitOptions {
  readonly store: Pick<UsageStore, 'commit'>
  readonly log: Log
  /** How long the first body of a group waits for others, in milliseconds. */
  readonly waitMs: number
  /** With so many events a group waits no longer, and takes in no further body. */
  readonly fullWithEvents: number
  /** A commit took so many milliseconds and succeeded or not. */
  recordCommit?(milliseconds: number, succeeded: boolean): void
}

/**
 * Lets bodies that arrive together share one commit of the store, since a commit costs about the same for one event as
 * for thousands. While one group is committed the next one gathers.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions
  #waiting: WaitingBody[] = []
  #waitingEvents = 0
  #timer: NodeJS.Timeout | undefined
  #committing = false
  #hurrying = false

  constructor(options: GroupCommitOptions) {
    this.#options = options
  }

  /**
   * @returns how many of the calls were duplicates, when all of them are durable.
   * @throws what the store throws; then none of these events counts.
   */
  commit(batch: EventBatch): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject })
      this.#waitingEvents += batch.count
      if (!this.#committing) this.#startSoon()
    })
  }

  /** From here on no group waits for company. */
  hurry(): void {
    this.#hurrying = true
    if (!this.#committing && this.#waiting.length > 0) this.#start()
  }

  #startSoon(): void {
    const { waitMs, fullWithEvents } = this.#options
    if (waitMs === 0 || this.#hurrying || this.#waitingEvents >= fullWithEvents) this.#start()
    else this.#timer ??= setTimeout(() => this.#start(), waitMs)
  }

  async #start(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#committing = true
    // What gathered during a commit has waited long enough.
    while (this.#waiting.length > 0) await this.#commitGroup(this.#takeGroup())
    this.#committing = false
  }

  #takeGroup(): readonly WaitingBody[] {
    let count = 0
    let events = 0
    for (const body of this.#waiting) {
      if (count > 0 && events + body.batch.count > this.#options.fullWithEvents) break
      count++
      events += body.batch.count
    }
    this.#waitingEvents -= events
    return this.#waiting.splice(0, count)
  }

  async #commitGroup(group: readonly WaitingBody[]): Promise<void> {
    try {
      const duplicates = await this.#commit(group.map(({ batch }) => batch))
      for (const [index, { resolve }] of group.entries()) resolve(duplicates[index] ?? 0)
    } catch (error) {
      await this.#giveUp(group, error)
    }
  }

  async #commit(batches: readonly EventBatch[]): Promise<readonly number[]> {
    const { store, recordCommit } = this.#options
    const start = performance.now()
    try {
      const { duplicates } = await store.commit(batches)
      recordCommit?.(performance.now() - start, true)
      return duplicates
    } catch (error) {
      recordCommit?.(performance.now() - start, false)
      throw error
    }
  }

  /** An event that the store fails on must not take other senders' bodies down with its own: each is tried alone. */
  async #giveUp(group: readonly WaitingBody[], error: unknown): Promise<void> {
    if (group.length === 1 || error instanceof StoreUnavailable) {
      for (const { reject } of group) reject(error)
      return
    }
    this.#options.log.error({ err: error, bodies: group.length }, 'a commit failed; its bodies are tried one by one')
    for (const body of group) await this.#commitGroup([body])
  }
}

interface WaitingBody {
  readonly batch: EventBatch
  resolve(duplicates: number): void
  reject(error: unknown): void
}
