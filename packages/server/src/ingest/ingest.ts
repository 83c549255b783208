import type { RejectCode } from '../domain/event-reject.ts'

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

/** With what is told to those who ask for it. */
export interface FullReceipt extends Receipt {
  /** Events that are not rejected, with a path that fits no route template of their organization. */
  readonly unmatched: number
}

export interface RejectedEvent {
  readonly index: number
  readonly code: RejectCode
  readonly message: string
}

/** Takes bodies of events and answers when what counts is durable and counted. */
export interface Ingest extends AsyncDisposable {
  /**
   * @param source which format the body is in: a name of the source registry.
   * @throws Refusal for an unreadable body (nothing counted) and when too much is in flight (service.unavailable with retryAfter).
   */
  accept(sender: Sender, source: string, body: Uint8Array): Promise<FullReceipt>
}
