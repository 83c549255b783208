import { Refusal } from '../domain/refusal.ts'
import { addAuthorizationCode } from '../metadata/authorization-codes.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { Caller } from './caller.ts'
import { hashRandomSecret, newSecret } from './secrets.ts'

/** An app fetches its token at once; the code stands in a URL until then. */
const CODE_MS = 60_000

/**
 * The code with which the app may fetch one token that speaks for this person.
 * @throws Refusal not.authorized for somebody of another organization than the app's, or who is no person.
 */
export async function newAuthorizationCode(
  { metadata, now }: { readonly metadata: MetadataDatabase; readonly now: () => number },
  request: AuthorizationRequest,
  caller: Caller,
): Promise<string> {
  const { client, redirectUri, codeChallenge } = request
  if (caller.person === undefined || caller.organizationId !== client.organizationId) {
    throw new Refusal('not.authorized', 'The application belongs to another organization.')
  }
  const code = newSecret()
  await addAuthorizationCode(metadata, {
    hash: hashRandomSecret(code),
    clientId: client.id,
    redirectUri,
    codeChallenge,
    person: { ...caller.person, organizationId: caller.organizationId, permissions: [...caller.permissions] },
    expiresAt: now() + CODE_MS,
  })
  return code
}
