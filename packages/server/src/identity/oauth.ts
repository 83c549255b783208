import OAuth2Server from '@node-oauth/oauth2-server'
import { Refusal } from '../domain/refusal.ts'
import { createGrantModel, type GrantedToken, type GrantParts, INVALID_CLIENT, invalidGrant } from './grant-model.ts'
import { OAuthRefusal } from './oauth-refusal.ts'
import { readTokenForm, type TokenRequest } from './token-form.ts'

/**
 * Gives an access token to a client that proves itself by HTTP Basic or by client_id and client_secret in the form, or
 * to one that brings a person's authorization code with its PKCE verifier. A scope that is asked for is not looked at:
 * a token may what its client may, and its person.
 * @throws OAuthRefusal for what the caller did wrong; Refusal too.many.requests after too many wrong secrets.
 */
export async function grantToken(parts: GrantParts, request: TokenRequest): Promise<GrantedToken> {
  const form = readTokenForm(request)
  let granted: GrantedToken | undefined
  const model = createGrantModel(parts, { address: request.address, form }, (token) => {
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

function oneValueEach(headers: TokenRequest['headers']): Record<string, string> {
  const entries = Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(entries)
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  invalid_client: INVALID_CLIENT,
  unauthorized_client:
    'The client’s authorizedGrantType is not the one for this grant_type: CLIENT-CREDENTIALS for client_credentials, CODE for authorization_code.',
}

function inOurWords(error: unknown, headers: Readonly<Record<string, string>>): unknown {
  if (!(error instanceof OAuth2Server.OAuthError)) return error
  const { inner } = error as { inner?: unknown }
  // What our model throws comes wrapped as the library's own failure.
  if (inner instanceof Refusal || inner instanceof OAuthRefusal) return inner
  if (error.name === 'server_error') return inner ?? error
  if (error.name === 'invalid_grant') return invalidGrant()
  const challenge = error.name === 'invalid_client' && headers.authorization !== undefined
  return new OAuthRefusal(error.name, DESCRIPTIONS[error.name] ?? error.message, challenge)
}

export type { GrantedToken, GrantParts } from './grant-model.ts'
export { OAuthRefusal } from './oauth-refusal.ts'
export { notAForm, type TokenRequest } from './token-form.ts'
