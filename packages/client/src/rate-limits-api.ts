import type { AuthorizedConnection } from './authorized-connection.ts'
import { unexpectedAnswer } from './errors.ts'
import type { RateLimitStatus, WatchedLimit, WatchedLimits } from './rate-limit.ts'
import type { CallOptions } from './usage-api.ts'

const PATH = '/v1/rate-limits'

export interface RateLimitStatusOptions extends CallOptions {
  /**
   * How many minutes to look at, the current one included.
   * @default 60
   */
  readonly minutes?: number
  /**
   * Near is from this share of the limit on.
   * @default 0.8
   */
  readonly share?: number
  /**
   * Most entities a limit.
   * @default 50
   */
  readonly limit?: number
}

/** Rate limits that are watched in the caller's own organization. All throw UsageApiError when the server refuses. */
export class RateLimitsApi {
  readonly #connection: AuthorizedConnection

  constructor(connection: AuthorizedConnection) {
    this.#connection = connection
  }

  /** The limits that are watched. */
  async get({ signal }: CallOptions = {}): Promise<WatchedLimits> {
    return asLimits(await this.#connection.send({ method: 'GET', path: PATH, isSafe: true, signal }))
  }

  /**
   * Replaces them; nobody is held up by a limit that is watched.
   * @example
   * await client.rateLimits.set([{ by: ['clientId'], requestsPerMinute: 1000 }])
   */
  async set(limits: readonly WatchedLimit[], { signal }: CallOptions = {}): Promise<WatchedLimits> {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ limits })
    return asLimits(await this.#connection.send({ method: 'PUT', path: PATH, headers, body, isSafe: true, signal }))
  }

  /**
   * Who is near a limit or over it, and since when.
   * @example
   * const { limits } = await client.rateLimits.status({ minutes: 15 })
   * for (const { entities } of limits) console.table(entities.map(({ clientName, began, peak }) => ({ clientName, began, ...peak })))
   */
  async status(options: RateLimitStatusOptions = {}): Promise<RateLimitStatus> {
    const { signal, ...asked } = options
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(asked)) query.set(name, String(value))
    const path = `${PATH}/status?${query}`
    const answer = await this.#connection.send({ method: 'GET', path, isSafe: true, signal })
    if (!('currentMinute' in answer)) throw unexpectedAnswer('the state of rate limits')
    return answer as RateLimitStatus
  }
}

function asLimits(answer: object): WatchedLimits {
  if (!('limits' in answer) || !Array.isArray(answer.limits)) throw unexpectedAnswer('rate limits')
  return answer as WatchedLimits
}
