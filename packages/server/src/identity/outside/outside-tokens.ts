import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Log } from '../../domain/log.ts'
import { Refusal } from '../../domain/refusal.ts'
import { findClient } from '../../metadata/clients.ts'
import type { MetadataDatabase } from '../../metadata/database.ts'
import { findOrganization } from '../../metadata/organizations.ts'
import { isSpent } from '../../metadata/spent-tokens.ts'
import type { Caller } from '../caller.ts'
import { heldByAll } from '../escalation.ts'
import { organizationScope } from '../scopes.ts'
import { hashRandomSecret } from '../secrets.ts'
import { ClaimsFlaw, clientIdOf, organizationOf, permissionsOf } from './claims.ts'
import { createIssuerKeys, type IssuerKeysParts } from './issuer-keys.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

/**
 * Who comes with an access token of a trusted outside issuer; undefined for any token that is not good.
 * @throws Refusal service.unavailable while its issuer's keys cannot be fetched.
 */
export type AuthenticateOutside = (token: string) => Promise<Caller | undefined>

export interface OutsideParts extends IssuerKeysParts {
  readonly metadata: MetadataDatabase
  readonly issuers: readonly TrustedIssuer[]
}

/** Three parts with dots between them; none of our own tokens has a dot. The signature may be empty, and is refused. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/
/** RFC 9068 §2.1, what was usual before it, and the many issuers that say nothing: a logout token is none of these. */
const TYPES: ReadonlySet<string> = new Set(['at+jwt', 'application/at+jwt', 'jwt', 'application/jwt'])

export function isJwt(token: string): boolean {
  return JWT.test(token)
}

export function createAuthenticateOutside(parts: OutsideParts): AuthenticateOutside {
  const trusted = new Map(
    parts.issuers.map((issuer) => [issuer.issuer, { issuer, keys: createIssuerKeys(issuer, parts) }] as const),
  )
  return async (token) => {
    // Not believed yet: it only says whose keys to check it with, and a stranger's token makes us fetch nothing.
    const entry = trusted.get(issuerOf(token) ?? '')
    if (entry === undefined) return undefined
    try {
      const claims = await verifiedClaims(token, entry, parts.now())
      return await callerOf(parts.metadata, entry.issuer, claims, hashSignedText(token))
    } catch (error) {
      if (error instanceof Refusal) throw error
      logWhy(parts.log, entry.issuer, error)
      return undefined
    }
  }
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

interface Entry {
  readonly issuer: TrustedIssuer
  readonly keys: JWTVerifyGetKey
}

async function verifiedClaims(token: string, { issuer, keys }: Entry, now: number): Promise<JWTPayload> {
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    algorithms: [...issuer.algorithms],
    issuer: issuer.issuer,
    audience: issuer.audience,
    clockTolerance: issuer.clockSkewSeconds,
    currentDate: new Date(now),
    requiredClaims: ['exp'],
  })
  if (protectedHeader.typ !== undefined && !TYPES.has(protectedHeader.typ.toLowerCase())) {
    throw new ClaimsFlaw('it is no access token by its typ')
  }
  if (payload.iat !== undefined && payload.iat > now / 1000 + issuer.clockSkewSeconds) {
    throw new ClaimsFlaw('it was issued in the future')
  }
  return payload
}

async function callerOf(
  metadata: MetadataDatabase,
  issuer: TrustedIssuer,
  claims: JWTPayload,
  hash: string,
): Promise<Caller> {
  const organizationId = organizationOf(claims, issuer)
  const clientId = clientIdOf(claims, issuer)
  if ((await findOrganization(metadata, organizationId)) === undefined) {
    throw new ClaimsFlaw('its organization does not exist here')
  }
  if (await isSpent(metadata, hash)) throw new ClaimsFlaw('it was revoked here')
  const client = await findClient(metadata, organizationId, clientId)
  if (client !== undefined && client.state !== 'active') throw new ClaimsFlaw('its client is not active here')
  const permissions = heldByAll([permissionsOf(claims, issuer)])
  return {
    kind: 'client',
    organizationId,
    clientId,
    person: undefined,
    name: client?.name ?? clientId,
    permissions,
    anyOrganization: permissions.has('platform:admin'),
    credential: hash,
    scope: organizationScope({ organizationId }),
    outside: { issuer: issuer.issuer, deadAt: deadAt(claims, issuer) },
  }
}

/**
 * One token is one signed text. The signature is left out: whoever holds a token can write its signature in several
 * ways, and each would be a token that was not revoked and has a rate limit of its own.
 */
function hashSignedText(token: string): string {
  return hashRandomSecret(token.slice(0, token.lastIndexOf('.')))
}

/** From when on it is refused by its `exp`, whatever else is known of it. */
function deadAt({ exp = 0 }: JWTPayload, { clockSkewSeconds }: TrustedIssuer): number {
  return Math.min(Math.ceil((exp + clockSkewSeconds) * 1000), Number.MAX_SAFE_INTEGER)
}

/** Only texts that are ours or the library's own: they say which check failed, and have nothing of the token in them. */
function logWhy(log: Log, { issuer }: TrustedIssuer, error: unknown): void {
  const isKnown = error instanceof ClaimsFlaw || error instanceof errors.JOSEError
  const reason = isKnown ? error.message : error instanceof Error ? error.name : 'unknown'
  log.info({ issuer, reason }, 'a token of an outside issuer was refused')
}
