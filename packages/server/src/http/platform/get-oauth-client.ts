import { noSuchClient } from '../../identity/client-life.ts'
import { findClient } from '../../metadata/clients.ts'
import type { ApiModule } from '../api.ts'
import { ClientParams, clientAnswer } from './oauth-client-answer.ts'
import { OAuthClient } from './schemas/oauth-client.ts'

/** GET /api/v2/oauth/clients/{clientId} */
export const getOauthClient: ApiModule = (api, { metadata }) => {
  const schema = {
    operationId: 'getOauthClient',
    tags: ['OAuth clients'],
    summary: 'Get one OAuth client',
    params: ClientParams,
    response: { 200: OAuthClient },
  }
  const config = { access: { anyPermission: ['oauth:client:view'] } } as const
  api.get('/api/v2/oauth/clients/:clientId', { schema, config }, async (request) => {
    const { clientId } = request.params
    const client = await findClient(metadata, request.caller.organizationId, clientId)
    if (client === undefined) throw noSuchClient(clientId)
    return clientAnswer(metadata, client)
  })
}
