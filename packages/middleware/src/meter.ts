import { eventLine, newEventId, type Texts } from './event-line.ts'
import type { EventQueue } from './event-queue.ts'
import { exclusionOf } from './exclusion.ts'
import type { FinishedCall } from './finished-call.ts'
import { MemoryQueue } from './memory-queue.ts'
import type { MeterOptions } from './options.ts'
import { poster } from './post.ts'
import { MeterError, Reports } from './reports.ts'
import { Sender, type Sent } from './sender.ts'
import { readSettings, type Settings } from './settings.ts'
import { sendAtTheEnd } from './shutdown.ts'
import { SpoolQueue } from './spool/spool-queue.ts'
import { textsReader } from './texts.ts'

/** What a meter has done so far; all but `waiting` only grow. */
export interface MeterStats extends Readonly<Sent> {
  /** Calls that were to be counted. */
  readonly recorded: number
  /** Events that are lost; `onDropped` has been told why. */
  readonly dropped: number
  /** Events in memory that are not settled; those on disk are not among them. */
  readonly waiting: number
}

/** What a service does with its meter beside mounting it. */
export interface MeterControl extends AsyncDisposable {
  /** Sends everything that was recorded before; for as long as Routemeter is away, it waits. Never rejects. */
  flush(): Promise<void>
  /**
   * Sends the rest for up to `closeTimeoutMs` and lets go of everything. What then is left is dropped and reported; with a
   * spool it stays there for the next start. Later calls are not counted. Never rejects.
   */
  close(): Promise<void>
  stats(): MeterStats
}

/** Turns finished calls into events and sends them, beside the requests and never in their way. */
export class Meter<Request> implements MeterControl {
  readonly #settings: Settings
  readonly #reports: Reports
  readonly #queue: EventQueue
  readonly #post: ReturnType<typeof poster>
  readonly #sender: Sender
  readonly #texts: ReturnType<typeof textsReader<Request>>
  readonly #isExcluded: ReturnType<typeof exclusionOf<Request>>
  readonly #unregister: () => void
  /** Calls whose texts are still waited for. */
  readonly #asking = new Set<Promise<void>>()
  readonly #gathered: { readonly call: FinishedCall; readonly texts: Texts }[] = []
  #timer: NodeJS.Timeout | undefined
  #recorded = 0
  #closing: Promise<void> | undefined

  /** @throws TypeError naming every option that is not as it must be. */
  constructor(options: MeterOptions<Request>) {
    const settings = readSettings(options, process.env)
    this.#settings = settings
    this.#reports = new Reports(options)
    this.#queue = queueFor(settings, this.#reports, () => void this.#sender.run())
    this.#post = poster(settings)
    this.#sender = new Sender(this.#queue, this.#post, this.#reports)
    this.#texts = textsReader(options, this.#reports)
    this.#isExcluded = exclusionOf(options.exclude, this.#reports)
    this.#unregister = sendAtTheEnd(this, settings)
  }

  /** Counts a finished call. Never throws, never waits. */
  record(request: Request, call: FinishedCall): void {
    try {
      if (this.#isExcluded?.(call, request)) return
      this.#recorded++
      const texts = this.#texts(request)
      if (!(texts instanceof Promise)) this.#gather(call, texts)
      // Calls that wait for their texts are bounded like events.
      else if (this.#asking.size >= this.#settings.maxEvents) this.#gather(call, {})
      else this.#gatherLater(call, texts)
    } catch (cause) {
      this.#reports.error(new MeterError('callback', 'A call could not be counted', { cause }))
    }
  }

  stats(): MeterStats {
    this.#makeEvents()
    const { dropped } = this.#reports
    const waiting = this.#queue.waiting + this.#asking.size
    return { ...this.#sender.sent, recorded: this.#recorded, dropped, waiting }
  }

  async flush(): Promise<void> {
    await Promise.all(this.#asking)
    this.#makeEvents()
    await this.#queue.seal()
    this.#sender.hurry()
    await this.#sender.run()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const { promise: tooLate, resolve } = Promise.withResolvers<void>()
    // Not unref'd: it bounds the end of the process.
    const timer = setTimeout(resolve, this.#settings.closeTimeoutMs)
    await Promise.race([this.flush(), tooLate])
    clearTimeout(timer)
    clearTimeout(this.#timer)
    await this.#sender.stop()
    this.#makeEvents()
    this.#reports.drop(await this.#queue.close(), 'closed')
    this.#unregister()
    this.#post[Symbol.dispose]()
  }

  #gatherLater(call: FinishedCall, texts: Promise<Texts>): void {
    const asked: Promise<void> = texts.then((told) => {
      this.#asking.delete(asked)
      this.#gather(call, told)
    })
    this.#asking.add(asked)
  }

  /** Events are made of all calls of a turn of the event loop at once, after the requests of that turn. */
  #gather(call: FinishedCall, texts: Texts): void {
    if (this.#gathered.push({ call, texts }) === 1) setImmediate(() => this.#makeEvents())
  }

  /** Calls that finish while the rest is sent still go with it. */
  #makeEvents(): void {
    if (this.#gathered.length === 0) return
    for (const { call, texts } of this.#gathered) this.#queue.add(eventLine(newEventId(), call, texts))
    this.#gathered.length = 0
    if (this.#closing === undefined) this.#timer ??= setTimeout(() => this.#tick(), this.#settings.batchMs).unref()
  }

  #tick(): void {
    this.#timer = undefined
    void this.#queue.seal().then(() => this.#sender.run())
  }
}

function queueFor(settings: Settings, reports: Reports, onReady: () => void): EventQueue {
  const drop = reports.drop.bind(reports)
  if (settings.spool === undefined) return new MemoryQueue(settings, drop, onReady)
  return new SpoolQueue(settings.spool, settings, reports, onReady)
}
