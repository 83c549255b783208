import type { Selectable } from 'kysely'
import { THIS_SERVER } from '../domain/person.ts'
import type { MetadataDatabase } from './database.ts'
import type { AuthorizationCodeTable } from './schema.ts'
import { currentPerson, personColumns, type SignedInPerson } from './signed-in-person.ts'
import { addToken, type Token } from './tokens.ts'

/** What a person allowed a client to fetch a token for (RFC 6749 §4.1.2). */
export interface AuthorizationCode {
  /** Of the code itself, which is kept nowhere. */
  readonly hash: string
  readonly clientId: string
  readonly redirectUri: string
  /** PKCE's, S256. */
  readonly codeChallenge: string
  readonly person: SignedInPerson
  readonly expiresAt: number
}

export async function addAuthorizationCode(database: MetadataDatabase, code: AuthorizationCode): Promise<void> {
  const { person, ...row } = code
  await database
    .insertInto('authorizationCode')
    .values({ ...row, ...personColumns(person), uses: 0 })
    .execute()
}

/** Undefined unless the code is there, used or not, has not expired, and its person is still one. */
export async function findAuthorizationCode(
  database: MetadataDatabase,
  hash: string,
  now: number,
): Promise<AuthorizationCode | undefined> {
  const row = await database
    .selectFrom('authorizationCode')
    .leftJoin('client as own', (join) =>
      join
        .onRef('own.id', '=', 'authorizationCode.personSubject')
        .on('authorizationCode.personIssuer', '=', THIS_SERVER)
        .on('own.state', '=', 'active'),
    )
    .selectAll('authorizationCode')
    .select(['own.name as ownName', 'own.organizationId as ownOrganizationId', 'own.permissions as ownPermissions'])
    .where('authorizationCode.hash', '=', hash)
    .where('authorizationCode.expiresAt', '>', now)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const person = currentPerson(row, row)
  return person === undefined ? undefined : fromRow(row, person)
}

/**
 * True for the first who comes with this code. For everybody after it is false, and what the first one got is dead:
 * one of them has stolen it (RFC 6749 §4.1.2).
 */
export async function useAuthorizationCode(database: MetadataDatabase, hash: string): Promise<boolean> {
  const used = await database
    .updateTable('authorizationCode')
    .set((row) => ({ uses: row('uses', '+', 1) }))
    .where('hash', '=', hash)
    .returning('uses')
    .executeTakeFirst()
  if (used?.uses === 1) return true
  await removeTokensOfCode(database, hash)
  return false
}

export async function removeTokensOfCode(database: MetadataDatabase, codeHash: string): Promise<void> {
  await database.deleteFrom('token').where('codeHash', '=', codeHash).execute()
}

/** False, and nothing is added, when somebody else has come with the code since it was used. */
export function addTokenOfCode(
  database: MetadataDatabase,
  token: Token & { readonly codeHash: string },
): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    // A write, because it makes a second user wait until the token is there to be revoked.
    const unchanged = await transaction
      .updateTable('authorizationCode')
      .set({ uses: 1 })
      .where('hash', '=', token.codeHash)
      .where('uses', '=', 1)
      .executeTakeFirst()
    if (unchanged.numUpdatedRows === 0n) return false
    await addToken(transaction, token)
    return true
  })
}

function fromRow(row: Selectable<AuthorizationCodeTable>, person: SignedInPerson): AuthorizationCode {
  const { hash, clientId, redirectUri, codeChallenge, expiresAt } = row
  return { hash, clientId, redirectUri, codeChallenge, person, expiresAt }
}
