import { verdictOn } from './answers.ts'
import type { EventQueue } from './event-queue.ts'
import { type Lines, splitLines } from './lines.ts'
import { pauseMs } from './pause.ts'
import type { Post } from './post.ts'
import { MeterError, type Reports } from './reports.ts'

/** What became of the events so far. */
export interface Sent {
  accepted: number
  /** Sent before, and counted then. */
  duplicates: number
  rejected: number
  /** Bodies. */
  batches: number
}

/** Sends what is ready, one batch at a time and in order, until each is settled. */
export class Sender {
  readonly sent: Sent = { accepted: 0, duplicates: 0, rejected: 0, batches: 0 }
  readonly #queue: EventQueue
  readonly #post: Post
  readonly #reports: Reports
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #pause: { readonly end: () => void } | undefined
  #failures = 0
  /** Something may have become ready after the last look. */
  #isAskedAgain = false

  constructor(queue: EventQueue, post: Post, reports: Reports) {
    this.#queue = queue
    this.#post = post
    this.#reports = reports
  }

  /** Sends what is ready. @returns a promise of the end, which never rejects. */
  run(): Promise<void> {
    this.#isAskedAgain = this.#running !== undefined
    this.#running ??= this.#sendAll()
    return this.#running
  }

  /** Ends a pause between two attempts, and makes the next ones short: somebody waits. */
  hurry(): void {
    this.#failures = 0
    this.#pause?.end()
  }

  /** Gives up what is on its way; it stays in the queue. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.hurry()
    await this.#running
  }

  async #sendAll(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const batch = await this.#queue.take()
      if (batch !== undefined) {
        if (await this.#deliver(batch.lines)) await batch.settle()
        else this.#queue.giveBack(batch)
      } else if (!this.#isAskedAgain) {
        break
      }
      this.#isAskedAgain = false
    }
    this.#running = undefined
  }

  /** @returns whether every one of the lines is settled; false only when it was stopped. */
  async #deliver(lines: Lines): Promise<boolean> {
    while (!this.#stop.signal.aborted) {
      const verdict = await this.#attempt(lines)
      if (verdict.kind === 'settled') {
        this.#failures = 0
        this.#count(verdict.accepted, verdict.duplicates, verdict.error)
        return true
      }
      if (verdict.kind === 'too-large') return this.#deliverHalves(lines)
      if (this.#stop.signal.aborted) return false
      this.#reports.error(verdict.error)
      this.#failures++
      await this.#wait(pauseMs(verdict.error.kind, this.#failures, verdict.retryAfterMs))
    }
    return false
  }

  async #attempt(lines: Lines) {
    try {
      return verdictOn(await this.#post(lines.body, this.#stop.signal))
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      const error = new MeterError('unreachable', `Routemeter cannot be reached: ${reason}`, { cause })
      return { kind: 'again', error, retryAfterMs: undefined } as const
    }
  }

  async #deliverHalves(lines: Lines): Promise<boolean> {
    if (lines.events === 1) {
      this.#reports.drop(1, 'too-large')
      return true
    }
    const [first, rest] = splitLines(lines, lines.events >> 1)
    return (await this.#deliver(first)) && (await this.#deliver(rest))
  }

  #count(accepted: number, duplicates: number, error: MeterError | undefined): void {
    this.sent.batches++
    this.sent.accepted += accepted
    this.sent.duplicates += duplicates
    this.sent.rejected += error?.rejected ?? 0
    if (error !== undefined) this.#reports.error(error)
  }

  async #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms).unref()
    this.#pause = { end: resolve }
    await promise
    clearTimeout(timer)
    this.#pause = undefined
  }
}
