export type RateLimitDimension = 'clientId' | 'userId' | 'templateUri'

/** A limit that somebody else enforces and Routemeter watches: so many requests a minute for each of these. */
export interface WatchedLimit {
  readonly by: readonly RateLimitDimension[]
  readonly requestsPerMinute: number
}

export interface WatchedLimits {
  readonly limits: readonly WatchedLimit[]
  /** The organization has said nothing: these are the platform’s own. */
  readonly preset: boolean
}

/** Calls of one client, user or route in one minute. Times are RFC 3339. */
export interface LimitedMinute {
  /** When the minute began. */
  readonly time: string
  readonly requests: number
  /** requests of the limit; 1 is all of it. */
  readonly share: number
  readonly status429: number
}

/** Somebody who had a busy minute: one that reached the share of the limit, or had calls answered 429. */
export interface LimitedEntity {
  readonly clientId?: string
  readonly clientName?: string
  readonly userId?: string
  readonly templateUri?: string
  /** By its busiest minute: more than the limit, the share or more, or less and with 429s. */
  readonly state: 'over' | 'near' | 'limited'
  /** The first of the latest busy minutes that follow on each other. */
  readonly began: string
  /** The last of them. */
  readonly last: string
  readonly current: LimitedMinute
  readonly peak: LimitedMinute
  /** In all of the minutes. */
  readonly status429: number
  /** Those with calls, in order. */
  readonly minutes: readonly LimitedMinute[]
}

export interface LimitWithEntities extends WatchedLimit {
  /** The busiest first. */
  readonly entities: readonly LimitedEntity[]
  readonly truncated: boolean
}

export interface RateLimitStatus {
  /** The first minute that was looked at. */
  readonly start: string
  /** The last one, which is not over yet. */
  readonly currentMinute: string
  readonly limits: readonly LimitWithEntities[]
}
