import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import type { ApiModule } from '../api.ts'
import { AuthorizedClientParams, InOrganization } from './schemas/authorized-client.ts'

/** DELETE /v1/authorized-clients/{clientId}?organizationId= (decisions.md 15): its owner sees nothing of it there. */
export const deleteAuthorizedClient: ApiModule = (api, { store }) => {
  const schema = {
    operationId: 'deleteAuthorizedClient',
    tags: ['Authorized clients'],
    summary: 'Take a client’s authorization in an organization back',
    description:
      'Queries that were submitted before keep what they were allowed to see. Another call of the client that the ' +
      'platform reports there authorizes it again.',
    params: AuthorizedClientParams,
    querystring: InOrganization,
    response: { 204: Type.Null({ description: 'It is not authorized there any more' }) },
  }
  const config = { access: { anyPermission: ['platform:admin'] } } as const
  api.delete('/v1/authorized-clients/:clientId', { schema, config }, async (request, reply) => {
    const { clientId } = request.params
    const { organizationId } = request.query
    if (await store.withdraw(organizationId, clientId)) return reply.code(204).send(null)
    throw new Refusal(
      'not.found',
      'The client [{clientId}] is not authorized in the organization [{organizationId}].',
      {
        clientId,
        organizationId,
      },
    )
  })
}
