import { changeClient } from '../../identity/client-life.ts'
import type { ApiModule } from '../api.ts'
import { ClientParams, clientAnswer } from './oauth-client-answer.ts'
import { OAuthClient } from './schemas/oauth-client.ts'
import { OAuthClientRequest, readClientRequest } from './schemas/oauth-client-request.ts'

/** PUT /api/v2/oauth/clients/{clientId} */
export const putOauthClient: ApiModule = (api, { metadata, now }) => {
  const schema = {
    operationId: 'putOauthClient',
    tags: ['OAuth clients'],
    summary: 'Change an OAuth client',
    description:
      'Replaces what is said about the client: a text or list that is left out is empty from then on; `state`, ' +
      '`permissions` and `accessTokenValiditySeconds` that are left out stay. A client that is not active any more, ' +
      'or comes by another grant, loses its tokens at once. You need every permission that the client has (403); the ' +
      'organization’s last client that can edit clients stays able to (409).',
    params: ClientParams,
    body: OAuthClientRequest,
    response: { 200: OAuthClient },
  }
  const config = { access: { anyPermission: ['oauth:client:edit'] }, refusals: ['conflict'] } as const
  api.put('/api/v2/oauth/clients/:clientId', { schema, config }, async (request) => {
    const { caller, params, body } = request
    const client = await changeClient(metadata, caller, params.clientId, readClientRequest(body), now())
    return clientAnswer(metadata, client)
  })
}
