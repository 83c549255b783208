import { Type } from 'typebox'
import { deleteClient } from '../../identity/client-life.ts'
import type { ApiModule } from '../api.ts'
import { ClientParams } from './oauth-client-answer.ts'

/** DELETE /api/v2/oauth/clients/{clientId}: the client and its tokens are dead when the answer is there. */
export const deleteOauthClient: ApiModule = (api, { metadata }) => {
  const schema = {
    operationId: 'deleteOauthClient',
    tags: ['OAuth clients'],
    summary: 'Delete an OAuth client',
    description:
      'Its tokens die at once; what it called stays counted. You need every permission that the client has (403); the ' +
      'organization’s last client that can edit clients stays (409).',
    params: ClientParams,
    response: { 204: Type.Null({ description: 'The client is gone' }) },
  }
  const config = { access: { anyPermission: ['oauth:client:delete'] }, refusals: ['conflict'] } as const
  api.delete('/api/v2/oauth/clients/:clientId', { schema, config }, async (request, reply) => {
    await deleteClient(metadata, request.caller, request.params.clientId)
    return reply.code(204).send(null)
  })
}
