import { THIS_SERVER } from '../domain/person.ts'
import { type Client, findClientById } from '../metadata/clients.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import { addSignInCode, takeSignInCode } from '../metadata/sign-in-codes.ts'
import type { SignedInPerson } from '../metadata/signed-in-person.ts'
import { addToken, addTokenOf } from '../metadata/tokens.ts'
import { badCredentials } from './authentication.ts'
import type { ClientCredentials, FindClientBySecret } from './client-credentials.ts'
import { hashRandomSecret, newSecret } from './secrets.ts'

/** A browser's session lasts this long, however much it is used. */
export const SESSION_SECONDS = 12 * 60 * 60
const CODE_MS = 15 * 60 * 1000

export interface SignInParts {
  readonly metadata: MetadataDatabase
  readonly now: () => number
  readonly findClientBySecret: FindClientBySecret
}

/** What a browser proves itself with: a one-time code, or a client's credentials. */
export type SignInProof = { readonly code: string } | ClientCredentials

/** A browser's session; the token is for its cookie and is kept nowhere else. */
export interface Session {
  readonly token: string
  readonly organizationId: string
  readonly clientId: string
  readonly clientName: string
}

/** A code of 256 bits that signs a browser in as this client, once and for 15 minutes (decisions.md 22). */
export async function newSignInCode(parts: Omit<SignInParts, 'findClientBySecret'>, clientId: string): Promise<string> {
  const code = newSecret()
  const expiresAt = parts.now() + CODE_MS
  await addSignInCode(parts.metadata, { hash: hashRandomSecret(code), clientId, expiresAt })
  return code
}

/** @throws Refusal bad.credentials, or too.many.requests after too many wrong secrets. */
export async function signIn(parts: SignInParts, proof: SignInProof): Promise<Session> {
  const client = 'code' in proof ? await clientOfCode(parts, proof.code) : await parts.findClientBySecret(proof)
  if (client === undefined || client.state !== 'active') throw badCredentials()
  const { token, row } = newSession(parts.now(), personOf(client))
  if (!(await addTokenOf(parts.metadata, client, row))) throw badCredentials()
  return { token, organizationId: client.organizationId, clientId: client.id, clientName: client.name }
}

/** Someone who signs in here is their client. */
export function personOf({ id, name, organizationId, permissions }: Client): SignedInPerson {
  return { issuer: THIS_SERVER, subject: id, name, organizationId, permissions }
}

/**
 * Begins a browser's session of somebody who signed in at an outside issuer.
 * @returns the token for the cookie, which is kept nowhere else.
 */
export async function startSession(
  { metadata, now }: Pick<SignInParts, 'metadata' | 'now'>,
  person: SignedInPerson,
): Promise<string> {
  const { token, row } = newSession(now(), person)
  await addToken(metadata, { ...row, clientId: '' })
  return token
}

function newSession(createdAt: number, person: SignedInPerson) {
  const token = newSecret()
  const expiresAt = createdAt + SESSION_SECONDS * 1000
  return { token, row: { hash: hashRandomSecret(token), kind: 'session', person, createdAt, expiresAt } as const }
}

/** Both at once: a client that gets a new secret in between would lose the code and keep the session. */
function clientOfCode({ metadata, now }: SignInParts, code: string): Promise<Client | undefined> {
  return metadata.transaction().execute(async (transaction) => {
    const clientId = await takeSignInCode(transaction, hashRandomSecret(code), now())
    return clientId === undefined ? undefined : findClientById(transaction, clientId)
  })
}
