import { type Static, Type } from 'typebox'
import { AUTHORIZATION_PARAMETERS } from '../../identity/authorization-request.ts'

/** Every value is text here: what it must be is checked where the app can be told (identity/authorization-request.ts). */
export const AuthorizationQuery = Type.Object({
  response_type: Type.Optional(Type.String({ description: 'code' })),
  client_id: Type.Optional(Type.String({ description: 'A client whose authorizedGrantType is CODE' })),
  redirect_uri: Type.Optional(Type.String({ description: 'One of its registeredRedirectUri, letter for letter' })),
  state: Type.Optional(Type.String({ description: 'Handed back with the answer' })),
  code_challenge: Type.Optional(Type.String({ description: 'PKCE: the SHA-256 of the code_verifier, in base64url' })),
  code_challenge_method: Type.Optional(Type.String({ description: 'S256' })),
  prompt: Type.Optional(Type.String({ description: 'login: whoever is signed in is asked to sign in again' })),
})

export type AuthorizationParameters = Static<typeof AuthorizationQuery>

/** The request's parameters as a query string for our next page. */
export function queryText(parameters: AuthorizationParameters): string {
  const given = AUTHORIZATION_PARAMETERS.flatMap((name): [string, string][] => {
    const value = parameters[name]
    return value === undefined ? [] : [[name, value]]
  })
  return new URLSearchParams(given).toString()
}
