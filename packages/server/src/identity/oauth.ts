import OAuth2Server from '@node-oauth/oauth2-server'
import { Refusal, shown } from '../domain/refusal.ts'
import type { Client } from '../metadata/clients.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import { addTokenOf } from '../metadata/tokens.ts'
import type { FindClientBySecret } from './client-credentials.ts'
import { hashRandomSecret, newSecret } from './secrets.ts'

/** A request to POST /oauth/token. */
export interface TokenRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The form's fields; anything but a record is a body that is no form. */
  readonly body: unknown
  /** Whom failed attempts are counted against, together with the client id. */
  readonly address: string
}

export interface GrantedToken {
  readonly accessToken: string
  /** Whole seconds that it surely lives: one less than it does, as the platform answers (wire.md §5). */
  readonly expiresIn: number
}

/** A refusal in OAuth's own words (RFC 6749 §5.2). */
export class OAuthRefusal extends Error {
  override readonly name = 'OAuthRefusal'
  readonly error: string
  readonly status: 400 | 401
  /** True when the client tried HTTP Basic, and is to be told so again. */
  readonly challenge: boolean

  constructor(error: string, description: string, challenge = false) {
    super(description)
    this.error = error
    this.status = error === 'invalid_client' ? 401 : 400
    this.challenge = challenge
  }
}

export interface GrantParts {
  readonly metadata: MetadataDatabase
  readonly now: () => number
  readonly findClientBySecret: FindClientBySecret
}

/** So that no token looks like an ingest key, and scanners for leaked secrets know one. */
const ACCESS_TOKEN_PREFIX = 'rmt_'
const GRANT_TYPES: readonly string[] = ['client_credentials']
const FIELDS = ['grant_type', 'client_id', 'client_secret'] as const

/**
 * Gives an access token to a client that proves itself by HTTP Basic or by client_id and client_secret in the form.
 * A scope that is asked for is not looked at: a token may what its client may.
 * @throws OAuthRefusal for what the caller did wrong; Refusal too.many.requests after too many wrong secrets.
 */
export async function grantToken(parts: GrantParts, request: TokenRequest): Promise<GrantedToken> {
  const form = readForm(request)
  checkGrantType(form.grant_type)
  let granted: GrantedToken | undefined
  const model = createModel(parts, request.address, (token) => {
    granted = token
  })
  const headers = oneValueEach(request.headers)
  try {
    await new OAuth2Server({ model }).token(
      new OAuth2Server.Request({ method: 'POST', query: {}, headers, body: form }),
      new OAuth2Server.Response({}),
    )
  } catch (error) {
    throw inOurWords(error, headers)
  }
  if (granted === undefined) throw new Error('the OAuth library answered without a token')
  return granted
}

function readForm({ headers, body }: TokenRequest): Readonly<Record<string, string>> {
  if (typeof body !== 'object' || body === null) throw notAForm(headers['content-type'])
  const form: Record<string, string> = {}
  for (const name of FIELDS) {
    const value = (body as Readonly<Record<string, unknown>>)[name]
    if (value === undefined || value === '') continue
    if (typeof value !== 'string') throw new OAuthRefusal('invalid_request', `The field ${name} came more than once.`)
    form[name] = value
  }
  return form
}

/** The refusal of a body with this Content-Type, or of none. */
export function notAForm(contentType: TokenRequest['headers'][string]): OAuthRefusal {
  return new OAuthRefusal(
    'invalid_request',
    `The body must be a form, Content-Type application/x-www-form-urlencoded; [${shown(contentType ?? '')}] came.`,
  )
}

function checkGrantType(grantType: string | undefined): void {
  const allowed = GRANT_TYPES.join(', ')
  if (grantType === undefined) {
    throw new OAuthRefusal('invalid_request', `The field grant_type is missing. Allowed: ${allowed}.`)
  }
  if (GRANT_TYPES.includes(grantType)) return
  throw new OAuthRefusal(
    'unsupported_grant_type',
    `The grant_type [${shown(grantType)}] is not supported. Allowed: ${allowed}.`,
  )
}

/** What the library asks us for; one for each request, because failures are counted by address. */
function createModel(
  { metadata, now, findClientBySecret }: GrantParts,
  address: string,
  onGranted: (token: GrantedToken) => void,
): OAuth2Server.ClientCredentialsModel {
  return {
    async getClient(clientId, clientSecret) {
      const client = await findClientBySecret({ clientId, clientSecret, address })
      return client === undefined ? undefined : { id: client.id, grants: grantsOf(client), registered: client }
    },
    getUserFromClient: async (client) => ({ id: client.id }),
    generateAccessToken: async () => newSecret(ACCESS_TOKEN_PREFIX),
    // The library asks for it when it authenticates requests, which it does not do here.
    getAccessToken: async () => undefined,
    async saveToken(token, client, user) {
      const registered = client.registered as Client
      const { accessTokenValiditySeconds } = registered
      const createdAt = now()
      const expiresAt = createdAt + accessTokenValiditySeconds * 1000
      const hash = hashRandomSecret(token.accessToken)
      if (!(await addTokenOf(metadata, registered, { hash, kind: 'access', createdAt, expiresAt }))) {
        throw new OAuthRefusal('invalid_client', INVALID_CLIENT)
      }
      onGranted({ accessToken: token.accessToken, expiresIn: accessTokenValiditySeconds - 1 })
      return { ...token, client, user }
    },
  }
}

/** A client that is made for people's sign-in cannot come by its secret alone. */
function grantsOf(client: Client): string[] {
  return client.authorizedGrantType === 'CLIENT-CREDENTIALS' ? ['client_credentials'] : []
}

function oneValueEach(headers: TokenRequest['headers']): Record<string, string> {
  const entries = Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(entries)
}

const INVALID_CLIENT =
  'The client is unknown, its secret is not right, or none came: send both by HTTP Basic, or as client_id and client_secret.'

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  invalid_client: INVALID_CLIENT,
  unauthorized_client: 'The client’s authorizedGrantType is not CLIENT-CREDENTIALS.',
}

function inOurWords(error: unknown, headers: Readonly<Record<string, string>>): unknown {
  if (!(error instanceof OAuth2Server.OAuthError)) return error
  const { inner } = error as { inner?: unknown }
  // What our model throws comes wrapped as the library's own failure.
  if (inner instanceof Refusal) return inner
  if (error.name === 'server_error') return inner ?? error
  const challenge = error.name === 'invalid_client' && headers.authorization !== undefined
  return new OAuthRefusal(error.name, DESCRIPTIONS[error.name] ?? error.message, challenge)
}
