import type { Caller } from './caller.ts'

/** The credentials that a request carries, as its headers have them. */
export interface Credentials {
  readonly authorization: string | undefined
  readonly apiKey: string | undefined
  /** The session cookie's value, already checked to come from our own pages. */
  readonly session: string | undefined
}

/** Who is calling, and what they may. */
export interface Identity {
  /** @throws Refusal authentication.required without credentials, bad.credentials for unknown, expired or revoked ones. */
  authenticate(credentials: Credentials): Promise<Caller>
}
