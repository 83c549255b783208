import { callsOf } from '../domain/event-batch.ts'
import type { Log } from '../domain/log.ts'
import { Refusal } from '../domain/refusal.ts'
import { releaseMemory } from '../domain/release-memory.ts'
import { StoreUnavailable, type UsageStore } from '../store/usage-store.ts'
import type { TemplateResolver } from '../templates/template-resolver.ts'
import type { Admission } from './admission.ts'
import { type Body, BodyReader } from './body-reader.ts'
import { GroupCommit } from './group-commit.ts'
import { InFlight } from './in-flight.ts'
import type { GivenReading, Ingest, Receipt, Sender } from './ingest.ts'
import type { Place } from './organizations.ts'
import type { ToldPlace } from './reader-messages.ts'
import { ReaderThreadEnded, ReaderThreads } from './reader-threads.ts'
import { SentBodies } from './sent-bodies.ts'
import { PLAIN_READING, type Reading } from './sources/source.ts'

export interface IngestLimits {
  /** How long a commit waits for more events to share it, in milliseconds. */
  readonly groupCommitMs: number
  /** Events with which a commit waits no longer. */
  readonly groupCommitEvents: number
  /** Events that are received and not yet committed, past which senders are refused. */
  readonly maxEventsInFlight: number
  /** Bytes of bodies, decompressed, that are received and not yet committed, past which senders are refused. */
  readonly maxBytesInFlight: number
  /** Threads that take bodies apart; with none it is done by the one that counts. */
  readonly readerThreads: number
}

export interface IngestOptions {
  readonly store: Pick<UsageStore, 'commit' | 'identityKey' | 'organizationNumber'>
  readonly resolver: TemplateResolver
  organizationExists(organizationId: string): Promise<boolean>
  readonly now: () => number
  /** The oldest instant that retention keeps, milliseconds since 1970; without it every age is taken. */
  readonly oldestKept?: () => number
  readonly limits: IngestLimits
  readonly log: Log
  readonly metrics?: IngestMetrics
}

/** What telemetry wants to know. */
export interface IngestMetrics {
  recordBody(outcome: Receipt): void
  /** A body of which nothing was counted. */
  recordRefusedBody(): void
  recordCommit(milliseconds: number, succeeded: boolean): void
}

/** Bytes of a body that takes about half a millisecond to read. */
const SMALL_BODY = 32 * 1024
/** Seconds until the store may take events again. */
const STORE_RETRY_SECONDS = 5

export function createIngest(options: IngestOptions): Ingest {
  return new GroupingIngest(options)
}

class GroupingIngest implements Ingest {
  readonly #options: IngestOptions
  readonly #reader: BodyReader
  readonly #threads: ReaderThreads
  readonly #groupCommit: GroupCommit
  readonly #inFlight: InFlight
  readonly #sentBodies: SentBodies
  readonly #underWay = new Set<Promise<Receipt>>()
  #closing = false

  constructor(options: IngestOptions) {
    const { store, log, limits, metrics } = options
    this.#options = options
    this.#reader = new BodyReader(store.identityKey, (organizationId, sender) => this.#placeOf(organizationId, sender))
    this.#threads = new ReaderThreads(
      limits.readerThreads,
      { identityKey: store.identityKey },
      {
        placeOf: (organizationId, isOwn) => this.#toldPlaceOf(organizationId, isOwn),
        templatesOf: (organizationId) => options.resolver.templatesOf(organizationId),
      },
    )
    this.#inFlight = new InFlight(limits)
    this.#sentBodies = new SentBodies(options.now)
    this.#groupCommit = new GroupCommit({
      store,
      log,
      waitMs: limits.groupCommitMs,
      fullWithEvents: limits.groupCommitEvents,
      recordCommit: (milliseconds, succeeded) => metrics?.recordCommit(milliseconds, succeeded),
    })
  }

  async accept(sender: Sender, source: string, body: Uint8Array, reading?: GivenReading): Promise<Receipt> {
    const receipt = this.#accept(sender, source, body, reading)
    this.#underWay.add(receipt)
    try {
      const outcome = await receipt
      this.#options.metrics?.recordBody(outcome)
      return outcome
    } catch (error) {
      this.#options.metrics?.recordRefusedBody()
      throw error
    } finally {
      this.#underWay.delete(receipt)
    }
  }

  /** Takes no more bodies, and is done when those under way are committed and answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    this.#groupCommit.hurry()
    await Promise.allSettled(this.#underWay)
    await this.#threads[Symbol.asyncDispose]()
  }

  async #accept(sender: Sender, source: string, bytes: Uint8Array, given?: GivenReading): Promise<Receipt> {
    if (this.#closing) throw unavailable('The server is stopping.')
    // A body that is given to a thread has no length here any more.
    const { byteLength } = bytes
    this.#inFlight.addBody(byteLength)
    try {
      const limits = { now: this.#options.now(), oldest: this.#options.oldestKept?.() ?? 0 }
      const reading = given === undefined ? PLAIN_READING : this.#readingOf(given, { source, bytes, sender })
      return await this.#count(await this.#read({ source, bytes, reading, sender, limits }))
    } finally {
      this.#inFlight.removeBody(byteLength)
    }
  }

  #readingOf({ idempotencyKey, ...reading }: GivenReading, body: Pick<Body, 'source' | 'bytes' | 'sender'>): Reading {
    return { ...reading, ids: this.#sentBodies.idsOf(body, idempotencyKey) }
  }

  /** What is quickly read is not worth the way to another thread and back. */
  async #read(body: Body): Promise<Admission> {
    const { log, limits } = this.#options
    const bytes = body.bytes.byteLength
    const isQuick = bytes < SMALL_BODY && body.reading.regex === undefined
    if (isQuick || limits.readerThreads === 0) return this.#reader.read(body)
    try {
      return await this.#threads.read(body)
    } catch (error) {
      if (!(error instanceof ReaderThreadEnded)) throw error
      log.error({ err: error, bytes }, 'a reader thread ended; another one takes its place')
      throw unavailable('Events cannot be read at this moment.', error)
    }
  }

  async #placeOf(organizationId: string, sender: Sender): Promise<Place | undefined> {
    const { resolver } = this.#options
    const told = await this.#toldPlaceOf(organizationId, organizationId === sender.organizationId)
    return told === undefined ? undefined : { number: told.number, resolver: await resolver.of(organizationId) }
  }

  async #toldPlaceOf(organizationId: string, isOwn: boolean): Promise<ToldPlace | undefined> {
    const { store, resolver, organizationExists } = this.#options
    if (!isOwn && !(await organizationExists(organizationId))) return undefined
    return { number: await store.organizationNumber(organizationId), version: resolver.version(organizationId) }
  }

  async #count({ batch, rejected, errors }: Admission): Promise<Receipt> {
    if (batch.count === 0) return { accepted: 0, duplicates: 0, rejected, errors }
    this.#inFlight.addEvents(batch.count)
    try {
      const duplicates = await this.#groupCommit.commit(batch)
      return { accepted: callsOf(batch) - duplicates, duplicates, rejected, errors }
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      this.#options.log.warn({ err: error, events: batch.count }, 'events were refused: the store takes none')
      throw unavailable('Events cannot be stored at this moment.', error)
    } finally {
      this.#inFlight.removeEvents(batch.count)
      for (const column of Object.values(batch.columns)) releaseMemory(column)
    }
  }
}

function unavailable(reason: string, cause?: unknown): Refusal {
  return new Refusal(
    'service.unavailable',
    '{reason} Nothing of this body was counted; send it again in {seconds} s.',
    { reason, seconds: String(STORE_RETRY_SECONDS) },
    { retryAfter: STORE_RETRY_SECONDS, cause },
  )
}
