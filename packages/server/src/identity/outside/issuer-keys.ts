import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTVerifyGetKey } from 'jose'
import type { Log } from '../../domain/log.ts'
import { Refusal } from '../../domain/refusal.ts'
import { discoverJwksUri } from './discovery.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

/** After a failure the issuer is left alone this long, however many tokens come. */
const REST_MS = 5_000
/** Keys are fetched anew after this long, so that one that the issuer withdrew is withdrawn here. */
const KEYS_AGE_MS = 10 * 60_000
/** An unknown key id makes us look for new keys at most this often: a stranger can make up as many as they like. */
const COOLDOWN_MS = 30_000

export interface IssuerKeysParts {
  readonly now: () => number
  readonly log: Log
  /** How long one answer of the issuer may take, in milliseconds. */
  readonly timeoutMs?: number
}

/**
 * The keys with which an issuer signs, fetched when they are needed and kept; a rotated key is found when the first
 * token that it signed comes. The addresses are the operator's and the issuer's: a token cannot name one.
 * @throws Refusal service.unavailable (from the returned function) while they cannot be fetched; a JOSEError for a
 *   token whose key is not among them.
 */
export function createIssuerKeys(issuer: TrustedIssuer, parts: IssuerKeysParts): JWTVerifyGetKey {
  const { now, log, timeoutMs = 5_000 } = parts
  let restsUntil = Number.NEGATIVE_INFINITY
  let keys: Promise<RemoteKeys> | undefined

  // Kept keys go on being used while the issuer rests: only what asks for a new fetch is stopped here.
  const fetchUnlessResting: FetchImplementation = (url, options) => {
    if (now() < restsUntil) throw new Resting()
    return fetch(url, options)
  }
  const open = async () => {
    const address = issuer.jwksUri ?? (await discoverJwksUri(issuer.issuer, fetchUnlessResting, timeoutMs))
    return createRemoteJWKSet(new URL(address), {
      timeoutDuration: timeoutMs,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: KEYS_AGE_MS,
      [customFetch]: fetchUnlessResting,
    })
  }
  const opened = () => {
    keys ??= open().catch((error: unknown) => {
      keys = undefined
      throw error
    })
    return keys
  }
  return async (header, token) => {
    try {
      return await (await opened())(header, token)
    } catch (error) {
      if (TOKENS_FAULT.some((fault) => error instanceof fault)) throw error
      if (!(error instanceof Resting)) {
        restsUntil = now() + REST_MS
        log.warn({ issuer: issuer.issuer, reason: reasonOf(error) }, 'the keys of an outside issuer cannot be fetched')
        // They may have moved: the next try asks the issuer where they are, unless the kept ones are still good.
        const kept = await keys?.catch(() => undefined)
        if (kept?.fresh !== true) keys = undefined
      }
      throw unavailable(restsUntil - now())
    }
  }
}

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>

/** The issuer failed a moment ago and is not asked again yet. */
class Resting extends Error {}

/** What is thrown because of the token, the keys being there. */
const TOKENS_FAULT = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]

/** What fetch() throws says little; its cause says `connect ECONNREFUSED …`. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: { message?: unknown } }
  return [message, cause?.message].filter((text) => typeof text === 'string' && text !== '').join(': ')
}

function unavailable(restMs: number): Refusal {
  return new Refusal(
    'service.unavailable',
    'The token’s issuer cannot be reached, so that the token cannot be checked. Try again later.',
    {},
    { retryAfter: Math.max(1, Math.ceil(restMs / 1000)) },
  )
}
