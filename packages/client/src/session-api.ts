import type { Connection } from './connection.ts'
import { unexpectedAnswer } from './errors.ts'
import type { CallOptions } from './usage-api.ts'

const PATH = '/v1/sign-in'

/** What signs a browser in: the code of a one-time link, or a client's credentials. */
export type SignInProof = { readonly code: string } | { readonly clientId: string; readonly clientSecret: string }

/** Who is signed in. */
export interface Session {
  readonly name: string
  readonly organizationId: string
  readonly organizationName: string
  readonly permissions: readonly string[]
}

export interface SignInState {
  /** Null when nobody is signed in. */
  readonly session: Session | null
  /** Outside identity providers: `oauth/sign-in/{id}` begins a sign-in there. */
  readonly providers: readonly { readonly id: string; readonly name: string }[]
  readonly version: string
}

/** The browser's session, in a cookie that no script can read. For pages of the server itself. */
export class SessionApi {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Who is signed in, and how one can be. */
  async state({ signal }: CallOptions = {}): Promise<SignInState> {
    const answer = await this.#connection.send({ method: 'GET', path: PATH, isSafe: true, signal })
    if (!('session' in answer) || !('providers' in answer)) throw unexpectedAnswer('the state of a session')
    return answer as SignInState
  }

  /** @throws UsageApiError `bad.credentials` for a code that was used or is too old, and for a wrong id or secret. */
  async signIn(proof: SignInProof, { signal }: CallOptions = {}): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(proof)
    await this.#connection.send({ method: 'POST', path: PATH, headers, body, isSafe: false, signal })
  }

  async signOut({ signal }: CallOptions = {}): Promise<void> {
    await this.#connection.send({ method: 'DELETE', path: PATH, isSafe: true, signal })
  }
}
