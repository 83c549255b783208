import type { Connection } from './connection.ts'
import { unexpectedAnswer } from './errors.ts'

/** Where access tokens come from. */
export interface TokenSource {
  /** A token that is good now; undefined where the browser’s session says who is calling. */
  token(): Promise<string | undefined>
  /** Forgets a token that the server refused; false when there is no way to get another one. */
  renew(refused: string): boolean
}

/** A token that somebody else got; it is used until the server refuses it. */
export function givenToken(accessToken: string): TokenSource {
  return { token: async () => accessToken, renew: () => false }
}

/** None: requests carry the cookie of a browser that is signed in (decisions.md 25). */
export const SESSION: TokenSource = { token: async () => undefined, renew: () => false }

/** Tokens are renewed this long before they end, or a tenth of their life for very short ones. */
const RENEW_BEFORE_MS = 30_000

interface HeldToken {
  readonly value: string
  /** Milliseconds since 1970, by this machine's clock. */
  readonly renewAt: number
}

/** OAuth client credentials: one token for all calls, got when the first needs it and renewed before it ends. */
export class ClientCredentials implements TokenSource {
  readonly #connection: Connection
  readonly #body: string
  #held: HeldToken | undefined
  #coming: Promise<HeldToken> | undefined

  constructor(connection: Connection, clientId: string, clientSecret: string) {
    this.#connection = connection
    this.#body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    }).toString()
  }

  async token(): Promise<string> {
    if (this.#held !== undefined && Date.now() < this.#held.renewAt) return this.#held.value
    // Calls that come while a token is on its way wait for the same one.
    this.#coming ??= this.#fetch().finally(() => {
      this.#coming = undefined
    })
    return (await this.#coming).value
  }

  renew(refused: string): boolean {
    // Another call may have renewed it in the meantime.
    if (this.#held?.value === refused) this.#held = undefined
    return true
  }

  async #fetch(): Promise<HeldToken> {
    const answer = await this.#connection.send({
      method: 'POST',
      path: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: this.#body,
      isSafe: true,
    })
    const { access_token: value, expires_in: seconds } = answer as { access_token?: unknown; expires_in?: unknown }
    if (typeof value !== 'string' || typeof seconds !== 'number') throw unexpectedAnswer('an access token')
    const lifetime = seconds * 1000
    this.#held = { value, renewAt: Date.now() + lifetime - Math.min(RENEW_BEFORE_MS, lifetime / 10) }
    return this.#held
  }
}
