import type OAuth2Server from '@node-oauth/oauth2-server'
import {
  addTokenOfCode,
  findAuthorizationCode,
  removeTokensOfCode,
  useAuthorizationCode,
} from '../metadata/authorization-codes.ts'
import { type Client, findClientById } from '../metadata/clients.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import type { SignedInPerson } from '../metadata/signed-in-person.ts'
import { addTokenOf, type Token } from '../metadata/tokens.ts'
import type { FindClientBySecret } from './client-credentials.ts'
import { OAuthRefusal } from './oauth-refusal.ts'
import { hashRandomSecret, newSecret } from './secrets.ts'
import type { TokenForm } from './token-form.ts'

export interface GrantParts {
  readonly metadata: MetadataDatabase
  readonly now: () => number
  readonly findClientBySecret: FindClientBySecret
}

export interface GrantedToken {
  readonly accessToken: string
  /** Whole seconds that it surely lives: one less than it does, as the platform answers (wire.md §5). */
  readonly expiresIn: number
}

type GrantModel = OAuth2Server.ClientCredentialsModel & OAuth2Server.AuthorizationCodeModel

/** So that no token looks like an ingest key, and scanners for leaked secrets know one. */
const ACCESS_TOKEN_PREFIX = 'rmt_'
/** The library compares with its own clock; ours has found the code alive already. */
const NOT_EXPIRED = new Date(8.64e15)
const GRANTS: Readonly<Record<string, string>> = {
  'CLIENT-CREDENTIALS': 'client_credentials',
  CODE: 'authorization_code',
}

/** What the library asks us for; one for each request, because failures are counted by address. */
export function createGrantModel(
  parts: GrantParts,
  { address, form }: { readonly address: string; readonly form: TokenForm },
  onGranted: (token: GrantedToken) => void,
): GrantModel {
  return {
    ...codeSteps(parts, form),
    async getClient(clientId, clientSecret) {
      const client = await findCallingClient(parts, { clientId, clientSecret, address })
      return client === undefined ? undefined : { id: client.id, grants: grantsOf(client), registered: client }
    },
    getUserFromClient: async (client) => ({ id: client.id }),
    generateAccessToken: async () => newSecret(ACCESS_TOKEN_PREFIX),
    async saveToken(token, client, user) {
      const registered = client.registered as Client
      const { id: clientId, accessTokenValiditySeconds } = registered
      const createdAt = parts.now()
      const expiresAt = createdAt + accessTokenValiditySeconds * 1000
      const hash = hashRandomSecret(token.accessToken)
      const row = { hash, kind: 'access', createdAt, expiresAt } as const
      if (token.authorizationCode !== undefined) {
        const code = token.authorizationCode
        await addPersonsToken(parts.metadata, { ...row, clientId, person: user.person, code })
      } else if (!(await addTokenOf(parts.metadata, registered, row))) {
        throw new OAuthRefusal('invalid_client', INVALID_CLIENT)
      }
      onGranted({ accessToken: token.accessToken, expiresIn: accessTokenValiditySeconds - 1 })
      return { ...token, client, user }
    },
    // The library asks for these when it authenticates or authorizes requests, which it does not do here.
    getAccessToken: async () => undefined,
    saveAuthorizationCode: async () => undefined,
  }
}

/** In the library's order: find the code, use it up, compare the verifier. A wrong one costs the code. */
function codeSteps(
  { metadata, now }: GrantParts,
  form: TokenForm,
): Pick<GrantModel, 'getAuthorizationCode' | 'revokeAuthorizationCode'> {
  return {
    async getAuthorizationCode(authorizationCode) {
      const hash = hashRandomSecret(authorizationCode)
      const code = await findAuthorizationCode(metadata, hash, now())
      if (code === undefined) {
        await removeTokensOfCode(metadata, hash)
        return undefined
      }
      return {
        authorizationCode,
        expiresAt: NOT_EXPIRED,
        redirectUri: code.redirectUri,
        client: { id: code.clientId, grants: [] },
        user: { person: code.person },
        codeChallenge: code.codeChallenge,
        codeChallengeMethod: 'S256',
      }
    },
    async revokeAuthorizationCode({ authorizationCode, redirectUri }) {
      const isFirst = await useAuthorizationCode(metadata, hashRandomSecret(authorizationCode))
      // The library calls this an invalid_request; RFC 6749 §5.2 does not.
      if (isFirst && form.redirect_uri !== redirectUri) throw invalidGrant()
      return isFirst
    },
  }
}

async function addPersonsToken(
  metadata: MetadataDatabase,
  { code, ...token }: Token & { readonly code: string; readonly person: SignedInPerson },
): Promise<void> {
  if (!(await addTokenOfCode(metadata, { ...token, codeHash: hashRandomSecret(code) }))) throw invalidGrant()
}

/**
 * By its secret, or by its id alone where it came without: the library lets that through only for a code with its PKCE
 * verifier, which an app in a browser cannot keep a secret beside.
 */
async function findCallingClient(
  { metadata, findClientBySecret }: GrantParts,
  came: { readonly clientId: string; readonly clientSecret: string | undefined; readonly address: string },
): Promise<Client | undefined> {
  const { clientId, clientSecret, address } = came
  if (clientSecret) return findClientBySecret({ clientId, clientSecret, address })
  const client = await findClientById(metadata, clientId)
  return client?.state === 'active' ? client : undefined
}

/** A client that is made for people's sign-in cannot come by its secret alone. */
function grantsOf(client: Client): string[] {
  const grant = GRANTS[client.authorizedGrantType]
  return grant === undefined ? [] : [grant]
}

export const INVALID_CLIENT =
  'The client is unknown, its secret is not right, or none came: send both by HTTP Basic, or as client_id and client_secret.'
const INVALID_GRANT =
  'The code is unknown, expired or was used already, or the client, the redirect_uri or the code_verifier is not the one that it was given for.'

/** The same words for all of them: what exactly is wrong helps nobody but a thief. */
export function invalidGrant(): OAuthRefusal {
  return new OAuthRefusal('invalid_grant', INVALID_GRANT)
}
