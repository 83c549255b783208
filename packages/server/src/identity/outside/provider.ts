import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  clockTolerance,
  discovery,
  enableNonRepudiationChecks,
  None,
} from 'openid-client'
import type { Log } from '../../domain/log.ts'
import { Refusal } from '../../domain/refusal.ts'
import type { SignInAt, TrustedIssuer } from './trusted-issuer.ts'

/** A provider's own description is read anew after this long. */
const DESCRIPTION_AGE_MS = 60 * 60_000
/** After a failure the provider is left alone this long. */
const REST_MS = 5_000
const TIMEOUT_SECONDS = 5

/** An issuer at which people can sign in. */
export type SignInIssuer = TrustedIssuer & { readonly signIn: SignInAt }

/**
 * What the provider says of itself (OpenID Connect Discovery 1.0), kept for an hour.
 * @throws Refusal service.unavailable (from the returned function) while it cannot be fetched.
 */
export function createProvider(
  issuer: SignInIssuer,
  { now, log }: { readonly now: () => number; readonly log: Log },
): () => Promise<Configuration> {
  let restsUntil = Number.NEGATIVE_INFINITY
  let kept: { readonly readAt: number; readonly description: Promise<Configuration> } | undefined
  const current = () => {
    if (kept === undefined || now() >= kept.readAt + DESCRIPTION_AGE_MS) {
      kept = { readAt: now(), description: discover(issuer) }
    }
    return kept.description
  }
  return async () => {
    if (now() < restsUntil) throw providerUnavailable()
    try {
      return await current()
    } catch (error) {
      kept = undefined
      restsUntil = now() + REST_MS
      logFailure(log, issuer, error)
      throw providerUnavailable()
    }
  }
}

async function discover({ issuer, signIn, clockSkewSeconds }: SignInIssuer): Promise<Configuration> {
  const isPlain = new URL(issuer).protocol === 'http:'
  const found = await discovery(
    new URL(issuer),
    signIn.clientId,
    { [clockTolerance]: clockSkewSeconds },
    signIn.clientSecret === undefined ? None() : secretAs(signIn.clientSecret),
    {
      timeout: TIMEOUT_SECONDS,
      // The settings allow a plain connection to this machine itself only.
      execute: [enableNonRepudiationChecks, ...(isPlain ? [allowInsecureRequests] : [])],
    },
  )
  if (found.serverMetadata().issuer !== issuer) throw new Error('its discovery document is about another issuer')
  return found
}

/** HTTP Basic unless the provider says that it takes only a form's field (OpenID Connect Discovery 1.0 §3). */
function secretAs(secret: string): ReturnType<typeof None> {
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)]
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const authenticate = methods.includes('client_secret_basic') ? basic : post
    authenticate(server, client, body, headers)
  }
}

export function logFailure(log: Log, { issuer }: TrustedIssuer, error: unknown): void {
  const { message, cause } = error as { message?: unknown; cause?: { message?: unknown } }
  const reason = [message, cause?.message].filter((text) => typeof text === 'string' && text !== '').join(': ')
  log.warn({ issuer, reason }, 'people cannot sign in at an outside issuer')
}

export function providerUnavailable(): Refusal {
  return new Refusal(
    'service.unavailable',
    'The identity provider cannot be reached. Try again later.',
    {},
    { retryAfter: REST_MS / 1000 },
  )
}
