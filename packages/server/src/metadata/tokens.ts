import { sql } from 'kysely'
import type { Permission } from '../domain/permissions.ts'
import { THIS_SERVER } from '../domain/person.ts'
import { type Client, findClientById, readPermissions } from './clients.ts'
import type { MetadataDatabase } from './database.ts'
import { RepeatedQuery } from './repeated-query.ts'
import { currentPerson, personColumns, type SignedInPerson } from './signed-in-person.ts'

/** `access`: what /oauth/token gives out; `session`: a browser's cookie. */
export type TokenKind = 'access' | 'session'

export interface Token {
  /** Of the token itself, which is kept nowhere. */
  readonly hash: string
  readonly kind: TokenKind
  /** The client that it was given to; "" for the session of a person who has none. */
  readonly clientId: string
  /** Whom it speaks for; without one, for its client. */
  readonly person?: SignedInPerson
  /** Of the authorization code that it was given for. */
  readonly codeHash?: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** Whom a live token speaks for: a client, a person, or a person through a client. All are of one organization. */
export interface TokenHolder {
  readonly organizationId: string
  readonly client: HolderClient | undefined
  readonly person: SignedInPerson | undefined
}

export interface HolderClient {
  readonly id: string
  readonly name: string
  readonly permissions: readonly Permission[]
}

export async function addToken(database: MetadataDatabase, token: Token): Promise<void> {
  const { person, codeHash = null, ...row } = token
  await database
    .insertInto('token')
    .values({ ...row, codeHash, ...(person === undefined ? {} : personColumns(person)) })
    .execute()
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

/**
 * Undefined unless the token is there and has not expired, its client and its person's client are active, and they
 * belong to the same organization, which exists.
 */
export async function findTokenHolder(
  database: MetadataDatabase,
  token: Pick<Token, 'hash' | 'kind'>,
  now: number,
): Promise<TokenHolder | undefined> {
  const row = await LIVE_TOKEN.first(database, { hash: token.hash, kind: token.kind, now })
  if (row === undefined) return undefined
  const person = currentPerson(row, row)
  if (row.personIssuer !== null && person === undefined) return undefined
  const client = clientOf(row)
  if (row.clientId !== '' && client === undefined) return undefined
  const organizationId = row.clientOrganizationId ?? person?.organizationId
  if (organizationId === undefined) return undefined
  if (person !== undefined && person.organizationId !== organizationId) return undefined
  return { organizationId, client, person }
}

const LIVE_TOKEN = new RepeatedQuery(['hash', 'kind', 'now'], (database, { hash, kind, now }) =>
  database
    .selectFrom('token')
    .leftJoin('client', (join) => join.onRef('client.id', '=', 'token.clientId').on('client.state', '=', 'active'))
    .leftJoin('client as own', (join) =>
      join
        .onRef('own.id', '=', 'token.personSubject')
        .on('token.personIssuer', '=', THIS_SERVER)
        .on('own.state', '=', 'active'),
    )
    .innerJoin('organization', (join) =>
      join.on((on) =>
        on('organization.id', '=', on.fn.coalesce('client.organizationId', 'token.personOrganizationId')),
      ),
    )
    .selectAll('token')
    .select([
      'client.organizationId as clientOrganizationId',
      'client.name as clientName',
      'client.permissions as clientPermissions',
      'own.name as ownName',
      'own.organizationId as ownOrganizationId',
      'own.permissions as ownPermissions',
    ])
    .where('token.hash', '=', hash)
    .where('token.kind', '=', sql<TokenKind>`${kind}`)
    .where('token.expiresAt', '>', sql<number>`${now}`)
    .where('organization.deletedAt', 'is', null),
)

function clientOf(row: {
  readonly clientId: string
  readonly clientName: string | null
  readonly clientPermissions: string | null
}): HolderClient | undefined {
  if (row.clientName === null || row.clientPermissions === null) return undefined
  return { id: row.clientId, name: row.clientName, permissions: readPermissions(row.clientPermissions) }
}

export async function removeToken(database: MetadataDatabase, hash: string): Promise<void> {
  await database.deleteFrom('token').where('hash', '=', hash).execute()
}

/**
 * Ends every access token and session of a client and of the person who it is, its sign-in links, and what people
 * allowed it to fetch tokens for.
 */
export async function removeTokensOf(database: MetadataDatabase, clientId: string): Promise<void> {
  for (const table of ['token', 'authorizationCode'] as const) {
    await database
      .deleteFrom(table)
      .where((where) =>
        where.or([where('clientId', '=', clientId), where.and({ personIssuer: THIS_SERVER, personSubject: clientId })]),
      )
      .execute()
  }
  await database.deleteFrom('signInCode').where('clientId', '=', clientId).execute()
}

/** Deletes tokens, sign-in links, authorization codes and spent tokens that expired at or before this instant. */
export async function removeExpired(database: MetadataDatabase, now: number): Promise<void> {
  for (const table of ['token', 'signInCode', 'authorizationCode', 'spentToken'] as const) {
    await database.deleteFrom(table).where('expiresAt', '<=', now).execute()
  }
}
