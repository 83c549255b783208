import { Refusal } from '../domain/refusal.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import { findIngestKey, type IngestKey } from '../metadata/ingest-keys.ts'
import { findTokenHolder, type TokenHolder, type TokenKind } from '../metadata/tokens.ts'
import type { Caller } from './caller.ts'
import { heldByAll } from './escalation.ts'
import { type AuthenticateOutside, isJwt } from './outside/outside-tokens.ts'
import { organizationScope } from './scopes.ts'
import { hashRandomSecret } from './secrets.ts'

/** The credentials that a request carries, as its headers have them. */
export interface Credentials {
  readonly authorization: string | undefined
  readonly apiKey: string | undefined
  /** The session cookie's value, already checked to come from our own pages. */
  readonly session: string | undefined
}

export const INGEST_KEY_PREFIX = 'rmk_'
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What credentials are checked against. */
export interface AuthenticationParts {
  readonly metadata: MetadataDatabase
  readonly now: () => number
  readonly authenticateOutside: AuthenticateOutside
}

/**
 * Who comes with these credentials; the Authorization header goes before X-Api-Key, that before the session. Nothing
 * is remembered between requests, so that what is revoked, disabled or deleted is dead at once.
 * @throws Refusal authentication.required without credentials, bad.credentials for ones that are not good,
 *   service.unavailable for an outside token whose issuer cannot be reached.
 */
export async function authenticate(parts: AuthenticationParts, credentials: Credentials): Promise<Caller> {
  const { authorization, apiKey, session } = credentials
  if (authorization) return authenticateHeader(parts, authorization)
  if (apiKey) return authenticateKey(parts.metadata, apiKey)
  if (session) return authenticateToken(parts, 'session', session)
  throw new Refusal(
    'authentication.required',
    'No credentials came with the request. Send an access token of POST /oauth/token as Authorization: Bearer.',
  )
}

function authenticateHeader(parts: AuthenticationParts, authorization: string): Promise<Caller> {
  const [, scheme = '', value = ''] = /^(\S+)\s+(\S+)\s*$/.exec(authorization) ?? []
  if (scheme.toLowerCase() === 'basic') return authenticateKey(parts.metadata, passwordOf(value))
  if (scheme.toLowerCase() !== 'bearer') throw badCredentials()
  if (value.startsWith(INGEST_KEY_PREFIX)) return authenticateKey(parts.metadata, value)
  if (isJwt(value)) return authenticateJwt(parts, value)
  return authenticateToken(parts, 'access', value)
}

function passwordOf(basic: string): string {
  const [, ...password] = Buffer.from(basic, 'base64').toString().split(':')
  return password.join(':')
}

async function authenticateJwt({ authenticateOutside }: AuthenticationParts, token: string): Promise<Caller> {
  const caller = await authenticateOutside(token)
  if (caller === undefined) throw badCredentials()
  return caller
}

async function authenticateToken(
  { metadata, now }: AuthenticationParts,
  kind: TokenKind,
  token: string,
): Promise<Caller> {
  const hash = hashRandomSecret(token)
  const holder = await findTokenHolder(metadata, { hash, kind }, now())
  if (holder === undefined) throw badCredentials()
  return holderCaller(holder, hash)
}

async function authenticateKey(metadata: MetadataDatabase, key: string): Promise<Caller> {
  const found = await findIngestKey(metadata, hashRandomSecret(key), 'header')
  if (found === undefined) throw badCredentials()
  return keyCaller(found)
}

/**
 * Who sends with a key in the path of Apitally's client protocol (decisions.md 25); it is good nowhere else.
 * @throws Refusal not.found for a key that is none: with this answer Apitally's clients say that their id is wrong, and
 *   stop, while they come back for an hour after any other.
 */
export async function authenticateApitally(metadata: MetadataDatabase, key: string): Promise<Caller> {
  const found = UUID.test(key)
    ? await findIngestKey(metadata, hashRandomSecret(key.toLowerCase()), 'apitally')
    : undefined
  if (found === undefined) throw new Refusal('not.found', 'The path’s client id is no ingest key of the kind apitally.')
  return keyCaller(found)
}

function holderCaller(holder: TokenHolder, credential: string): Caller {
  const { organizationId, client, person } = holder
  const parties = [client, person].filter((party) => party !== undefined)
  const permissions = heldByAll(parties.map((party) => party.permissions))
  return {
    kind: person === undefined ? 'client' : 'person',
    organizationId,
    clientId: client?.id ?? '',
    person: person && { issuer: person.issuer, subject: person.subject, name: person.name },
    name: person?.name ?? client?.name ?? '',
    permissions,
    anyOrganization: permissions.has('platform:admin'),
    credential,
    scope: organizationScope(holder),
  }
}

function keyCaller(key: IngestKey): Caller {
  return {
    kind: 'ingest-key',
    organizationId: key.organizationId,
    clientId: '',
    person: undefined,
    name: key.name,
    permissions: new Set(),
    anyOrganization: key.anyOrganization,
    credential: key.id,
    scope: organizationScope(key),
  }
}

/** The same words for all of them: what exactly is wrong is the credential's owner's business. */
export function badCredentials(): Refusal {
  return new Refusal('bad.credentials', 'The credentials are unknown, expired or revoked.')
}
