import type { RejectCode } from '../domain/event-reject.ts'
import type { Reading } from './sources/source.ts'

/** Who sends events: the part of a caller that ingestion needs. */
export interface Sender {
  readonly organizationId: string
  /** May send events of every organization; its events also authorize their clients there (decisions.md 15). */
  readonly anyOrganization: boolean
}

/** What became of one body of events (api.md §3). `accepted + duplicates + rejected` is the number of events read. */
export interface Receipt {
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: number
  /** The first 100 rejects. `index` counts from 0 over the lines that are not blank. */
  readonly errors: readonly RejectedEvent[]
}

/** With what is told only to those who ask. */
export interface FullReceipt extends Receipt {
  /** Events that are not rejected, with a path that fits no route template of their organization. */
  readonly unmatched: number
}

/** Of a body without events. */
export const NOTHING_READ: Receipt = { accepted: 0, duplicates: 0, rejected: 0, errors: [] }

export interface RejectedEvent {
  readonly index: number
  readonly code: RejectCode
  readonly message: string
}

/** How a sender wants a body read; the ids of its events are made of what it says (decisions.md 2). */
export interface GivenReading extends Omit<Reading, 'ids'> {
  /** The request's Idempotency-Key. */
  readonly idempotencyKey?: string | undefined
}

/** Takes bodies of events and answers when what counts is durable and counted. */
export interface Ingest extends AsyncDisposable {
  /**
   * @param source which format the body is in: a name of the source registry.
   * @param reading for the named sources; the events of POST /v1/events need none.
   * @throws Refusal for an unreadable body (nothing counted) and when too much is in flight (service.unavailable with retryAfter).
   */
  accept(sender: Sender, source: string, body: Uint8Array, reading?: GivenReading): Promise<Receipt>
  /** As `accept`, and tells more. */
  acceptFully(sender: Sender, source: string, body: Uint8Array, reading?: GivenReading): Promise<FullReceipt>
}
