/** What a watched rate limit can count by. */
export const RATE_LIMIT_DIMENSIONS = ['clientId', 'userId', 'templateUri'] as const
export type RateLimitDimension = (typeof RATE_LIMIT_DIMENSIONS)[number]

/**
 * A limit that somebody else enforces and that Routemeter watches (decisions.md 26): so many requests in a minute for each
 * different client, user or route, or combination of them.
 */
export interface WatchedLimit {
  /** At least one, each once. */
  readonly by: readonly RateLimitDimension[]
  readonly requestsPerMinute: number
}

/** The platform's own limit, which is watched until an organization says otherwise. */
export const PLATFORM_LIMITS: readonly WatchedLimit[] = [{ by: ['clientId', 'userId'], requestsPerMinute: 300 }]

export const MOST_WATCHED_LIMITS = 10
