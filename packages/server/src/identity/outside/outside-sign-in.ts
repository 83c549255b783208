import {
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientError,
  type Configuration,
  calculatePKCECodeChallenge,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import type { Log } from '../../domain/log.ts'
import { Refusal, shown } from '../../domain/refusal.ts'
import type { MetadataDatabase } from '../../metadata/database.ts'
import { findOrganization } from '../../metadata/organizations.ts'
import type { SignedInPerson } from '../../metadata/signed-in-person.ts'
import { spendToken } from '../../metadata/spent-tokens.ts'
import { Attempts } from '../attempts.ts'
import { hashRandomSecret } from '../secrets.ts'
import { type Claims, ClaimsFlaw, organizationOf, permissionsOf, personNameOf } from './claims.ts'
import { createProvider, logFailure, providerUnavailable, type SignInIssuer } from './provider.ts'
import { readTicket, type SignInTicket, writeTicket } from './sign-in-ticket.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

/** How long a person may be away at the provider. */
export const TICKET_SECONDS = 10 * 60

/** Signing people in at outside identity providers: OpenID Connect's authorization code flow with PKCE. */
export interface OutsideSignIn {
  /** Where people can sign in, in the order of the settings. */
  readonly providers: readonly { readonly id: string; readonly name: string }[]

  /**
   * Begins a sign-in.
   * @returns where the browser goes, and what it keeps meanwhile, for 10 minutes.
   * @throws Refusal not.found for an unknown provider, service.unavailable while it cannot be reached.
   */
  begin(provider: string, wish: SignInWish): Promise<{ readonly url: string; readonly ticket: string }>

  /**
   * Ends the sign-in that this browser began, good once.
   * @throws Refusal not.authorized when it did not begin one, or the provider or its claims do not let this person in;
   *   service.unavailable while it cannot be reached; too.many.requests after too many failures from this address.
   */
  finish(
    provider: string,
    answer: ProviderAnswer,
  ): Promise<{ readonly person: SignedInPerson; readonly returnTo: string }>
}

export interface SignInWish {
  /** Our own address to which the provider sends the browser back. */
  readonly redirectUri: string
  readonly returnTo: string
  /** Whoever is signed in there already signs in again. */
  readonly again: boolean
}

export interface ProviderAnswer {
  /** The address that the provider sent the browser to, with its query; what is before the query is `redirectUri`. */
  readonly url: URL
  /** What the browser kept. */
  readonly ticket: string | undefined
  readonly address: string
}

export interface OutsideSignInParts {
  readonly metadata: MetadataDatabase
  readonly now: () => number
  readonly log: Log
  readonly issuers: readonly TrustedIssuer[]
}

export function createOutsideSignIn(parts: OutsideSignInParts): OutsideSignIn {
  const issuers = parts.issuers.filter((issuer): issuer is SignInIssuer => issuer.signIn !== undefined)
  const entries = new Map(issuers.map((issuer) => [issuer.signIn.id, { issuer, read: createProvider(issuer, parts) }]))
  const entryOf = (provider: string) => {
    const entry = entries.get(provider)
    if (entry === undefined) throw new Refusal('not.found', 'There is no such identity provider.')
    return entry
  }
  const attempts = new Attempts(parts.now)
  return {
    providers: issuers.map(({ signIn: { id, name } }) => ({ id, name })),
    async begin(provider, wish) {
      const { issuer, read } = entryOf(provider)
      return begin(await read(), issuer, wish, parts.now())
    },
    async finish(provider, { url, ticket, address }) {
      const { issuer, read } = entryOf(provider)
      const wait = attempts.wait(provider, address)
      if (wait !== undefined) throw tooManyFailures(wait)
      try {
        const began = ticketOf(provider, ticket, parts.now())
        const claims = await claimsOf(await read(), url, began)
        await spend(parts.metadata, began)
        return { person: await personOf(parts.metadata, issuer, claims), returnTo: began.returnTo }
      } catch (error) {
        // A stranger's made-up answers would make us ask the provider as often as they like.
        attempts.failed(provider, address)
        throw asRefusal(error, issuer, parts.log)
      }
    },
  }
}

async function begin(config: Configuration, issuer: SignInIssuer, wish: SignInWish, now: number) {
  const ticket: SignInTicket = {
    provider: issuer.signIn.id,
    state: randomState(),
    nonce: randomNonce(),
    verifier: randomPKCECodeVerifier(),
    returnTo: wish.returnTo,
    expiresAt: now + TICKET_SECONDS * 1000,
  }
  const url = buildAuthorizationUrl(config, {
    redirect_uri: wish.redirectUri,
    scope: issuer.signIn.scope,
    state: ticket.state,
    nonce: ticket.nonce,
    code_challenge: await calculatePKCECodeChallenge(ticket.verifier),
    code_challenge_method: 'S256',
    ...(wish.again ? { prompt: 'login' } : {}),
  })
  return { url: url.href, ticket: writeTicket(ticket) }
}

function ticketOf(provider: string, text: string | undefined, now: number): SignInTicket {
  const ticket = text === undefined ? undefined : readTicket(text)
  // One that says it is good for longer is none of ours.
  const isAlive = ticket !== undefined && ticket.expiresAt > now && ticket.expiresAt <= now + TICKET_SECONDS * 1000
  if (isAlive && ticket.provider === provider) return ticket
  throw new Refusal('not.authorized', 'This sign-in was not begun in this browser, or too long ago. Begin again.')
}

/** The library checks state, issuer, PKCE, and of the id token signature, audience, nonce and times. */
async function claimsOf(config: Configuration, url: URL, ticket: SignInTicket): Promise<Claims> {
  const tokens = await authorizationCodeGrant(config, url, {
    expectedState: ticket.state,
    expectedNonce: ticket.nonce,
    pkceCodeVerifier: ticket.verifier,
    idTokenExpected: true,
  })
  // What was granted counts as the id token's own claim: few providers repeat it there.
  return { ...(tokens.scope === undefined ? {} : { scope: tokens.scope }), ...tokens.claims() }
}

/** Only what the provider confirmed is remembered, so that strangers cannot fill the disk. */
async function spend(metadata: MetadataDatabase, { state, expiresAt }: SignInTicket): Promise<void> {
  if (await spendToken(metadata, hashRandomSecret(state), expiresAt)) return
  throw new Refusal('not.authorized', 'This sign-in was ended already. Begin again.')
}

async function personOf(metadata: MetadataDatabase, issuer: SignInIssuer, claims: Claims): Promise<SignedInPerson> {
  const organizationId = organizationOf(claims, issuer)
  if ((await findOrganization(metadata, organizationId)) === undefined) {
    throw new ClaimsFlaw('its organization does not exist here')
  }
  return {
    issuer: issuer.issuer,
    subject: String(claims.sub),
    name: personNameOf(claims),
    organizationId,
    permissions: permissionsOf(claims, issuer),
  }
}

/** What the library throws when the provider, and not the answer in the browser, is at fault. */
const PROVIDERS_FAULT: ReadonlySet<string | undefined> = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
])

function asRefusal(error: unknown, issuer: SignInIssuer, log: Log): unknown {
  if (error instanceof Refusal) return error
  if (error instanceof AuthorizationResponseError) {
    return new Refusal('not.authorized', 'The identity provider did not sign you in: [{error}]', {
      error: shown(error.error),
    })
  }
  const isProviders = error instanceof ClientError ? PROVIDERS_FAULT.has(error.code) : error instanceof TypeError
  const isCodeBad = error instanceof ResponseBodyError && error.error === 'invalid_grant'
  if (isProviders || (error instanceof ResponseBodyError && !isCodeBad)) {
    logFailure(log, issuer, error)
    return providerUnavailable()
  }
  if (!(error instanceof ClaimsFlaw || error instanceof ClientError || isCodeBad)) return error
  const reason = error.message
  log.info({ issuer: issuer.issuer, reason }, 'a sign-in at an outside issuer was refused')
  return error instanceof ClaimsFlaw
    ? new Refusal('not.authorized', 'You are signed in there, but have no access here. Ask whoever runs this server.')
    : new Refusal('not.authorized', 'The identity provider’s answer is not good, or was used already. Begin again.')
}

function tooManyFailures(seconds: number): Refusal {
  return new Refusal(
    'too.many.requests',
    'Too many failed sign-ins from this address. Retry the request in [{seconds}] seconds',
    { seconds: String(seconds) },
    { retryAfter: seconds },
  )
}
