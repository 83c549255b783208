import { ClientCredentials, givenToken, SESSION, type TokenSource } from './access-token.ts'
import { AuthorizedConnection } from './authorized-connection.ts'
import { ClientsApi } from './clients-api.ts'
import { Connection } from './connection.ts'
import { EventsApi } from './events-api.ts'
import { KeysApi } from './keys-api.ts'
import { RateLimitsApi } from './rate-limits-api.ts'
import { SessionApi } from './session-api.ts'
import { TemplatesApi } from './templates-api.ts'
import { UsageApi } from './usage-api.ts'

interface ConnectionSettings {
  /** The server's address, such as `http://127.0.0.1:8787`. */
  readonly url: string
  /** @default the global fetch */
  readonly fetch?: typeof fetch
  /** Ends every call of this client; they then throw the signal's reason. */
  readonly signal?: AbortSignal
  /**
   * How long a single request may take, in milliseconds.
   * @default 60000
   */
  readonly timeoutMs?: number
  /**
   * How often a request is tried again that was answered 429 or 503, or, where that is safe, whose connection broke.
   * @default 3
   */
  readonly maxRetries?: number
}

/**
 * An OAuth client's credentials, an access token that you got yourself and that is not renewed, or, on a page of the
 * server itself, the session of the browser.
 */
type Credentials =
  | {
      readonly clientId: string
      readonly clientSecret: string
      readonly accessToken?: undefined
      readonly session?: false
    }
  | {
      readonly accessToken: string
      readonly clientId?: undefined
      readonly clientSecret?: undefined
      readonly session?: false
    }
  | {
      readonly session: true
      readonly accessToken?: undefined
      readonly clientId?: undefined
      readonly clientSecret?: undefined
    }

export type RoutemeterClientOptions = ConnectionSettings & Credentials

/**
 * Client of a Routemeter server, for Node and browsers.
 * @example
 * import { RoutemeterClient } from '@routemeter/client'
 *
 * const client = new RoutemeterClient({ url: 'http://127.0.0.1:8787', clientId: 'my-id', clientSecret: 'my-secret' })
 * const rows = await client.usage.query({ interval: '2026-11-01/2026-11-07', granularity: 'Day' })
 * console.table(rows)
 */
export class RoutemeterClient {
  readonly usage: UsageApi
  readonly clients: ClientsApi
  readonly events: EventsApi
  readonly templates: TemplatesApi
  readonly keys: KeysApi
  readonly session: SessionApi
  readonly rateLimits: RateLimitsApi

  /** @throws TypeError for an address that is not http or https, or for missing credentials. Nothing is sent yet. */
  constructor(options: RoutemeterClientOptions) {
    const connection = new Connection({
      url: baseUrl(options.url),
      // Browsers insist that fetch is called on the window.
      fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
      signal: options.signal,
      timeoutMs: options.timeoutMs ?? 60_000,
      maxRetries: options.maxRetries ?? 3,
    })
    const authorized = new AuthorizedConnection(connection, tokenSource(options, connection))
    this.usage = new UsageApi(authorized)
    this.clients = new ClientsApi(authorized)
    this.events = new EventsApi(authorized)
    this.templates = new TemplatesApi(authorized)
    this.keys = new KeysApi(authorized)
    this.session = new SessionApi(connection)
    this.rateLimits = new RateLimitsApi(authorized)
  }
}

function tokenSource(options: RoutemeterClientOptions, connection: Connection): TokenSource {
  if (options.session) return SESSION
  if (options.accessToken) return givenToken(options.accessToken)
  if (options.clientId && options.clientSecret) {
    return new ClientCredentials(connection, options.clientId, options.clientSecret)
  }
  throw new TypeError('clientId and clientSecret, or accessToken, must be given')
}

function baseUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw new TypeError(
      `url must be an http or https address such as http://127.0.0.1:8787, not ${JSON.stringify(url)}`,
    )
  }
  return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '')
}
