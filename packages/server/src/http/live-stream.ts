import { Readable } from 'node:stream'
import { type LiveReader, type LiveStep, ReaderTooSlow } from '../query/live/live-reader.ts'

/** When a live stream says something of itself, in milliseconds; tests bring shorter times. */
export interface LiveTimes {
  /** What is counted in this time is told together. */
  readonly gatherMs: number
  /** A comment goes out so often, and tells where the stream stands. */
  readonly heartbeatMs: number
  /** A reader who takes nothing for so long, while there is something, is dropped. */
  readonly slowMs: number
  /** Whether the caller still may is asked so often: a token that ends, ends the stream within this time. */
  readonly recheckMs: number
}

export const LIVE_TIMES: LiveTimes = { gatherMs: 100, heartbeatMs: 15_000, slowMs: 15_000, recheckMs: 5_000 }

export interface LiveStreamOptions {
  readonly reader: LiveReader
  /** The event's data, or undefined where there is nothing in it to tell. */
  readonly present: (step: LiveStep) => object | undefined
  /** Rejects when the caller may not any more. */
  readonly recheck: () => Promise<void>
  readonly times: LiveTimes
}

/**
 * Server-sent events of one reader. It makes an event only when the connection takes one, and until then keeps its place
 * and nothing else: a slow reader costs no memory, and is dropped when it is too slow.
 */
export class LiveStream extends Readable {
  readonly #options: LiveStreamOptions
  readonly #timers: NodeJS.Timeout[]
  #gathering: NodeJS.Timeout | undefined
  /** There may be something to tell. */
  #isDue = true
  /** The connection takes something; since when it does not, otherwise. */
  #isWanted = false
  #blockedAt = 0

  constructor(options: LiveStreamOptions) {
    super({ highWaterMark: 1 })
    this.#options = options
    const { reader, times, recheck } = options
    reader.onMore = () => this.#gather()
    reader.onEnd = () => this.#finish()
    this.#timers = [
      setInterval(() => this.#beat(), times.heartbeatMs),
      setInterval(() => recheck().catch(() => this.#finish()), times.recheckMs),
      setInterval(() => this.#dropSlow(), times.slowMs / 4),
    ]
  }

  override _read(): void {
    this.#isWanted = true
    if (this.#isDue) this.#tell()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#gathering)
    for (const timer of this.#timers) clearInterval(timer)
    this.#options.reader[Symbol.dispose]()
    done(error)
  }

  #gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined
      this.#isDue = true
      this.#tell()
    }, this.#options.times.gatherMs)
  }

  #tell(): void {
    const { reader, present } = this.#options
    try {
      while (this.#isWanted) {
        const step = reader.take()
        const data = step === undefined ? undefined : present(step)
        this.#isDue = reader.hasMore
        if (step !== undefined && data !== undefined) this.#push(eventText(reader.place, step.kind, data))
        else if (!this.#isDue) return
      }
    } catch (error) {
      if (!(error instanceof ReaderTooSlow)) throw error
      this.destroy(error)
    }
  }

  /** A place without data makes no event, and is remembered all the same (HTML, "server-sent events"). */
  #beat(): void {
    if (this.#isWanted) this.#push(`: still here\nid: ${this.#options.reader.place}\n\n`)
  }

  #push(text: string): void {
    this.#isWanted = false
    this.#blockedAt = performance.now()
    this.push(text)
  }

  #dropSlow(): void {
    const { reader, times } = this.#options
    if (this.#isWanted || !reader.hasMore || performance.now() - this.#blockedAt < times.slowMs) return
    this.destroy(new ReaderTooSlow('the reader takes nothing'))
  }

  #finish(): void {
    if (!this.readableEnded && !this.destroyed) this.push(null)
  }
}

/** JSON has no line ends, so that the data is one line. */
function eventText(place: string, kind: LiveStep['kind'], data: object): string {
  return `id: ${place}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`
}
