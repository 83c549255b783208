/** One finished API call (api.md §3). */
export interface UsageEvent {
  /**
   * Identifies the event together with its organization and time: sent again, it is not counted again. Without one the
   * server cannot recognize it.
   */
  readonly id?: string
  /** When the call arrived: RFC 3339, or milliseconds since 1970. */
  readonly time: string | number
  /** @default the sender's own */
  readonly organizationId?: string
  readonly clientId?: string
  readonly clientName?: string
  readonly userId?: string
  readonly method: string
  /** The raw path; needed without a templateUri. */
  readonly path?: string
  /** The route template; goes before a path. */
  readonly templateUri?: string
  /** 100 to 599. */
  readonly status: number
  readonly platform?: string
  readonly durationMs?: number
  readonly requestBytes?: number
  readonly responseBytes?: number
}

/** What became of a body of events; `accepted + duplicates + rejected` is the number of events read. */
export interface EventsReceipt {
  /** Counted now, and durable. */
  readonly accepted: number
  /** Counted before, and not again. */
  readonly duplicates: number
  readonly rejected: number
  /** Why events were rejected; the first 100. */
  readonly errors: readonly RejectedEvent[]
  /** Of the others, those with a path that fits no route template that is known; told when it was asked for. */
  readonly unmatched?: number
}

export interface RejectedEvent {
  /** Which one: from 0, blank lines left out. */
  readonly index: number
  readonly code: string
  readonly message: string
}
