import { Refusal, shown } from '../domain/refusal.ts'
import { type Client, findClientById } from '../metadata/clients.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import { isRedirectUri } from './redirect-uri.ts'

/** The parameters of GET /oauth/authorize that are read; a scope that is asked for is not looked at. */
export const AUTHORIZATION_PARAMETERS = [
  'response_type',
  'client_id',
  'redirect_uri',
  'state',
  'code_challenge',
  'code_challenge_method',
] as const

/** An app's request that a person let it act for them, found good (RFC 6749 §4.1.1, RFC 7636 §4.3). */
export interface AuthorizationRequest {
  readonly client: Client
  readonly redirectUri: string
  /** The app's own, handed back with every answer. */
  readonly state: string | undefined
  readonly codeChallenge: string
}

/** A refusal that the app is told at its redirect URI (RFC 6749 §4.1.2.1). */
export class AuthorizationRefusal extends Error {
  override readonly name = 'AuthorizationRefusal'
  readonly error: string
  readonly to: Pick<AuthorizationRequest, 'redirectUri' | 'state'>

  constructor(error: string, description: string, to: Pick<AuthorizationRequest, 'redirectUri' | 'state'>) {
    super(description)
    this.error = error
    this.to = to
  }
}

/**
 * Checks an authorization request. What is wrong with the client or the redirect URI is said to the person alone: the
 * browser is sent nowhere that the client has not registered, letter for letter (decisions.md 19).
 * @param parameters of the query: a text each, a list for what came more than once.
 * @throws Refusal to show on a page; AuthorizationRefusal to send to the app.
 */
export async function readAuthorizationRequest(
  metadata: MetadataDatabase,
  parameters: Readonly<Record<string, unknown>>,
): Promise<AuthorizationRequest> {
  const clientId = oneText(parameters, 'client_id')
  const client = await findClientById(metadata, clientId)
  if (client === undefined || client.state !== 'active') {
    throw new Refusal('bad.request', 'There is no active client [{clientId}] (client_id).', {
      clientId: shown(clientId),
    })
  }
  const redirectUri = oneText(parameters, 'redirect_uri')
  if (!client.registeredRedirectUri.includes(redirectUri) || !isRedirectUri(redirectUri)) {
    throw new Refusal('bad.request', 'The client has not registered the address [{redirectUri}] (redirect_uri).', {
      redirectUri: shown(redirectUri),
    })
  }
  const state = typeof parameters.state === 'string' && parameters.state !== '' ? parameters.state : undefined
  const refuse = (error: string, description: string) =>
    new AuthorizationRefusal(error, description, { redirectUri, state })
  const repeated = AUTHORIZATION_PARAMETERS.find((name) => Array.isArray(parameters[name]))
  if (repeated !== undefined) throw refuse('invalid_request', `The parameter ${repeated} came more than once.`)
  if (client.authorizedGrantType !== 'CODE') {
    throw refuse('unauthorized_client', 'The authorizedGrantType of the client is not CODE.')
  }
  checkResponseType(parameters.response_type, refuse)
  return { client, redirectUri, state, codeChallenge: readChallenge(parameters, refuse) }
}

function oneText(parameters: Readonly<Record<string, unknown>>, name: string): string {
  const value = parameters[name]
  if (typeof value === 'string' && value !== '') return value
  const template = Array.isArray(value)
    ? 'The parameter {name} came more than once.'
    : 'The parameter {name} is missing.'
  throw new Refusal('bad.request', template, { name })
}

type Refuse = (error: string, description: string) => AuthorizationRefusal

function checkResponseType(responseType: unknown, refuse: Refuse): void {
  if (responseType === 'code') return
  if (!responseType) throw refuse('invalid_request', 'The parameter response_type is missing. Allowed: code.')
  throw refuse(
    'unsupported_response_type',
    `The response_type [${ascii(responseType)}] is not supported. Allowed: code.`,
  )
}

/** Without a method RFC 7636 means plain, which protects nothing here (decisions.md 19). */
function readChallenge(parameters: Readonly<Record<string, unknown>>, refuse: Refuse): string {
  const { code_challenge: challenge, code_challenge_method: method } = parameters
  if (!challenge) throw refuse('invalid_request', 'The parameter code_challenge is missing: PKCE is required.')
  if (method !== 'S256') {
    throw refuse(
      'invalid_request',
      `The code_challenge_method [${ascii(method ?? '')}] is not supported. Allowed: S256.`,
    )
  }
  if (typeof challenge === 'string' && /^[A-Za-z0-9_-]{43}$/.test(challenge)) return challenge
  throw refuse('invalid_request', 'The code_challenge must be a SHA-256 in base64url: 43 characters.')
}

/** An error_description has printable ASCII without quote and backslash only (RFC 6749 §4.1.2.1). */
function ascii(value: unknown): string {
  return shown(value, 50).replace(/[^\x20-\x7e]|["\\]/g, '?')
}
