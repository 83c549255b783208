import type { MetadataDatabase } from './database.ts'

/** A one-time way in for a browser (decisions.md 22). */
export interface SignInCode {
  /** Of the code itself, which is kept nowhere. */
  readonly hash: string
  readonly clientId: string
  readonly expiresAt: number
}

export async function addSignInCode(database: MetadataDatabase, code: SignInCode): Promise<void> {
  await database.insertInto('signInCode').values(code).execute()
}

/** Uses a code up: of two that come with the same one, one gets the client's id. Undefined when it is used or expired. */
export async function takeSignInCode(
  database: MetadataDatabase,
  hash: string,
  now: number,
): Promise<string | undefined> {
  const taken = await database
    .deleteFrom('signInCode')
    .where('hash', '=', hash)
    .returning(['clientId', 'expiresAt'])
    .executeTakeFirst()
  return taken !== undefined && taken.expiresAt > now ? taken.clientId : undefined
}
