import type { Permission } from '../domain/permissions.ts'
import { type Client, findClientById, readPermissions } from './clients.ts'
import type { MetadataDatabase } from './database.ts'

/** `access`: what /oauth/token gives out; `session`: a browser's cookie. */
export type TokenKind = 'access' | 'session'

export interface Token {
  /** Of the token itself, which is kept nowhere. */
  readonly hash: string
  readonly kind: TokenKind
  readonly clientId: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** The client that a live token speaks for. */
export interface TokenHolder {
  readonly organizationId: string
  readonly clientId: string
  readonly name: string
  readonly permissions: readonly Permission[]
}

export async function addToken(database: MetadataDatabase, token: Token): Promise<void> {
  await database.insertInto('token').values(token).execute()
}

/**
 * As addToken, while the client is still active and has the secret that it proved itself with: checking that one takes
 * a while, in which the client may have been disabled, removed or given a new one. False when so.
 */
export function addTokenOf(
  database: MetadataDatabase,
  client: Pick<Client, 'id' | 'secretHash'>,
  token: Omit<Token, 'clientId'>,
): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    const current = await findClientById(transaction, client.id)
    if (current?.state !== 'active' || current.secretHash !== client.secretHash) return false
    await addToken(transaction, { ...token, clientId: client.id })
    return true
  })
}

/** Undefined unless the token is there, has not expired, and its client is active in an organization that exists. */
export async function findTokenHolder(
  database: MetadataDatabase,
  token: Pick<Token, 'hash' | 'kind'>,
  now: number,
): Promise<TokenHolder | undefined> {
  const row = await database
    .selectFrom('token')
    .innerJoin('client', 'client.id', 'token.clientId')
    .innerJoin('organization', 'organization.id', 'client.organizationId')
    .select(['client.organizationId', 'token.clientId', 'client.name', 'client.permissions'])
    .where('token.hash', '=', token.hash)
    .where('token.kind', '=', token.kind)
    .where('token.expiresAt', '>', now)
    .where('client.state', '=', 'active')
    .where('organization.deletedAt', 'is', null)
    .executeTakeFirst()
  return row === undefined ? undefined : { ...row, permissions: readPermissions(row.permissions) }
}

export async function removeToken(database: MetadataDatabase, hash: string): Promise<void> {
  await database.deleteFrom('token').where('hash', '=', hash).execute()
}

/** Ends every access token and session of a client, and its sign-in links. */
export async function removeTokensOf(database: MetadataDatabase, clientId: string): Promise<void> {
  await database.deleteFrom('token').where('clientId', '=', clientId).execute()
  await database.deleteFrom('signInCode').where('clientId', '=', clientId).execute()
}

/** Deletes tokens and sign-in links that expired at or before this instant. */
export async function removeExpired(database: MetadataDatabase, now: number): Promise<void> {
  await database.deleteFrom('token').where('expiresAt', '<=', now).execute()
  await database.deleteFrom('signInCode').where('expiresAt', '<=', now).execute()
}
