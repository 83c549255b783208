import type { Log } from '../domain/log.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import type { SignedInPerson } from '../metadata/signed-in-person.ts'
import { spendToken } from '../metadata/spent-tokens.ts'
import { removeExpired, removeToken } from '../metadata/tokens.ts'
import { authenticate, authenticateApitally, type Credentials } from './authentication.ts'
import { newAuthorizationCode } from './authorization-codes.ts'
import { type AuthorizationRequest, readAuthorizationRequest } from './authorization-request.ts'
import type { Caller } from './caller.ts'
import { createFindClientBySecret } from './client-credentials.ts'
import { type GrantedToken, grantToken, type TokenRequest } from './oauth.ts'
import { createOutsideSignIn, type OutsideSignIn } from './outside/outside-sign-in.ts'
import { createAuthenticateOutside } from './outside/outside-tokens.ts'
import type { TrustedIssuer } from './outside/trusted-issuer.ts'
import { hashRandomSecret } from './secrets.ts'
import { newSignInCode, type Session, type SignInProof, signIn, startSession } from './sign-in.ts'

/** Who is calling, and what they may. */
export interface Identity {
  /**
   * @throws Refusal authentication.required without credentials, bad.credentials for unknown, expired or revoked ones,
   *   service.unavailable for an outside token whose issuer cannot be reached.
   */
  authenticate(credentials: Credentials): Promise<Caller>

  /** Who sends with this key in Apitally's client protocol. @throws Refusal not.found. */
  authenticateApitally(key: string): Promise<Caller>

  /** @throws OAuthRefusal for what the caller did wrong; Refusal too.many.requests after too many wrong secrets. */
  grantToken(request: TokenRequest): Promise<GrantedToken>

  /**
   * Checks what came to GET /oauth/authorize.
   * @throws Refusal to show on a page; AuthorizationRefusal to send to the app.
   */
  readAuthorizationRequest(parameters: Readonly<Record<string, unknown>>): Promise<AuthorizationRequest>

  /**
   * The code with which the app may fetch one token that speaks for this person, who has allowed it.
   * @throws Refusal not.authorized for somebody of another organization than the app's.
   */
  newAuthorizationCode(request: AuthorizationRequest, caller: Caller): Promise<string>

  /** Ends the access token or session that this caller came with; it is dead when this resolves. */
  revoke(caller: Caller): Promise<void>

  /** A one-time code for a browser to sign in as this client, for 15 minutes. */
  newSignInCode(clientId: string): Promise<string>

  /** @throws Refusal bad.credentials, or too.many.requests after too many wrong secrets. */
  signIn(proof: SignInProof): Promise<Session>

  /**
   * Begins a browser's session of a person whom an outside issuer vouched for, in an organization that exists; the
   * permissions are theirs until it ends.
   * @returns the token for the session's cookie.
   */
  startSession(person: SignedInPerson): Promise<string>

  /** Signing people in elsewhere; whom it lets in gets a session by `startSession`. */
  readonly outsideSignIn: OutsideSignIn

  /** Ends the session with this token, if there is one. */
  signOut(sessionToken: string): Promise<void>
}

/** Expired tokens and codes are deleted this often, when a new one is made or ended. */
const SWEEP_EVERY_MS = 10 * 60 * 1000

export function createIdentity(parts: {
  readonly metadata: MetadataDatabase
  readonly now: () => number
  readonly log: Log
  /** Whose access tokens are accepted beside our own. */
  readonly issuers?: readonly TrustedIssuer[]
}): Identity {
  const { metadata, now, issuers = [] } = parts
  const authenticateOutside = createAuthenticateOutside({ ...parts, issuers })
  const grantParts = { metadata, now, findClientBySecret: createFindClientBySecret(parts) }
  let sweptAt = Number.NEGATIVE_INFINITY
  const sweep = async () => {
    if (now() < sweptAt + SWEEP_EVERY_MS) return
    sweptAt = now()
    await removeExpired(metadata, sweptAt)
  }
  return {
    authenticate: (credentials) => authenticate({ metadata, now, authenticateOutside }, credentials),
    authenticateApitally: (key) => authenticateApitally(metadata, key),
    async grantToken(request) {
      const granted = await grantToken(grantParts, request)
      await sweep()
      return granted
    },
    readAuthorizationRequest: (parameters) => readAuthorizationRequest(metadata, parameters),
    newAuthorizationCode: (request, caller) => newAuthorizationCode(parts, request, caller),
    async revoke(caller) {
      await endToken(metadata, caller)
      await sweep()
    },
    newSignInCode: (clientId) => newSignInCode(grantParts, clientId),
    async signIn(proof) {
      const session = await signIn(grantParts, proof)
      await sweep()
      return session
    },
    async startSession(person) {
      const token = await startSession(grantParts, person)
      await sweep()
      return token
    },
    outsideSignIn: createOutsideSignIn({ ...parts, issuers }),
    signOut: (sessionToken) => removeToken(metadata, hashRandomSecret(sessionToken)),
  }
}

/** Of an outside token we remember that it ended: its issuer does not, and other servers go on taking it. */
async function endToken(metadata: MetadataDatabase, { credential, outside }: Caller): Promise<void> {
  if (outside === undefined) await removeToken(metadata, credential)
  else await spendToken(metadata, credential, outside.deadAt)
}
