import { makeClient } from '../../identity/client-life.ts'
import type { ApiModule } from '../api.ts'
import { clientAnswer } from './oauth-client-answer.ts'
import { OAuthClient } from './schemas/oauth-client.ts'
import { NewOAuthClient, readClientRequest } from './schemas/oauth-client-request.ts'

/** POST /api/v2/oauth/clients: a new client of the caller's organization, with its secret. */
export const postOauthClients: ApiModule = (api, { metadata, now }) => {
  const schema = {
    operationId: 'postOauthClients',
    tags: ['OAuth clients'],
    summary: 'Make an OAuth client',
    description:
      'The secret is in this answer and in no other. Without `permissions` the client may view what you may view; ' +
      'you cannot give what you do not have.',
    body: NewOAuthClient,
    response: { 200: OAuthClient },
  }
  const config = { access: { anyPermission: ['oauth:client:add'] }, refusals: ['conflict'] } as const
  api.post('/api/v2/oauth/clients', { schema, config }, async (request) => {
    const { client, secret } = await makeClient(metadata, request.caller, readClientRequest(request.body), now())
    return clientAnswer(metadata, client, secret)
  })
}
