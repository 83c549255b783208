import { renewClientSecret } from '../../identity/client-life.ts'
import type { ApiModule } from '../api.ts'
import { ClientParams, clientAnswer } from './oauth-client-answer.ts'
import { OAuthClient } from './schemas/oauth-client.ts'

/** POST /api/v2/oauth/clients/{clientId}/secret: a new secret; the old one is dead when the answer is there. */
export const postOauthClientSecret: ApiModule = (api, { metadata, now }) => {
  const schema = {
    operationId: 'postOauthClientSecret',
    tags: ['OAuth clients'],
    summary: 'Give an OAuth client a new secret',
    description:
      'The secret is in this answer and in no other. The old one dies at once, and so do the tokens that the client ' +
      'has. You need every permission that the client has (403).',
    params: ClientParams,
    response: { 200: OAuthClient },
  }
  const config = { access: { anyPermission: ['oauth:client:edit'] } } as const
  api.post('/api/v2/oauth/clients/:clientId/secret', { schema, config }, async (request) => {
    const { client, secret } = await renewClientSecret(metadata, request.caller, request.params.clientId, now())
    return clientAnswer(metadata, client, secret)
  })
}
