import type { Log } from '../domain/log.ts'
import { Refusal } from '../domain/refusal.ts'
import { StoreUnavailable, type UsageStore } from '../store/usage-store.ts'
import type { TemplateResolver } from '../templates/template-resolver.ts'
import { type Admission, admit } from './admission.ts'
import { GroupCommit } from './group-commit.ts'
import { InFlight } from './in-flight.ts'
import type { Ingest, Receipt, Sender } from './ingest.ts'
import { sourceNamed } from './sources.ts'

export interface IngestLimits {
  /** How long a commit waits for more events to share it, in milliseconds. */
  readonly groupCommitMs: number
  /** Events with which a commit waits no longer. */
  readonly groupCommitEvents: number
  /** Events that are received and not yet committed, past which senders are refused. */
  readonly maxEventsInFlight: number
  /** Bytes of bodies, decompressed, that are received and not yet committed, past which senders are refused. */
  readonly maxBytesInFlight: number
}

export interface IngestOptions {
  readonly store: Pick<UsageStore, 'commit'>
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

/** Seconds until the store may take events again. */
const STORE_RETRY_SECONDS = 5

export function createIngest(options: IngestOptions): Ingest {
  return new GroupingIngest(options)
}

class GroupingIngest implements Ingest {
  readonly #options: IngestOptions
  readonly #groupCommit: GroupCommit
  readonly #inFlight: InFlight
  readonly #underWay = new Set<Promise<Receipt>>()
  #closing = false

  constructor(options: IngestOptions) {
    const { store, log, limits, metrics } = options
    this.#options = options
    this.#inFlight = new InFlight(limits)
    this.#groupCommit = new GroupCommit({
      store,
      log,
      waitMs: limits.groupCommitMs,
      fullWithEvents: limits.groupCommitEvents,
      recordCommit: (milliseconds, succeeded) => metrics?.recordCommit(milliseconds, succeeded),
    })
  }

  async accept(sender: Sender, source: string, body: Uint8Array): Promise<Receipt> {
    const receipt = this.#accept(sender, source, body)
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
  }

  async #accept(sender: Sender, sourceName: string, body: Uint8Array): Promise<Receipt> {
    const source = sourceNamed(sourceName)
    if (this.#closing) throw unavailable('The server is stopping.')
    this.#inFlight.addBody(body.byteLength)
    try {
      const limits = { now: this.#options.now(), oldest: this.#options.oldestKept?.() ?? 0 }
      return await this.#count(await admit(source.parse(body), sender, this.#options, limits))
    } finally {
      this.#inFlight.removeBody(body.byteLength)
    }
  }

  async #count({ events, rejected, errors }: Admission): Promise<Receipt> {
    if (events.length === 0) return { accepted: 0, duplicates: 0, rejected, errors }
    this.#inFlight.addEvents(events.length)
    try {
      const duplicates = await this.#groupCommit.commit(events)
      return { accepted: events.length - duplicates, duplicates, rejected, errors }
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      this.#options.log.warn({ err: error, events: events.length }, 'events were refused: the store takes none')
      throw unavailable('Events cannot be stored at this moment.', error)
    } finally {
      this.#inFlight.removeEvents(events.length)
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
