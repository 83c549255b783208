import { noSuchOrganization } from '../../identity/organizations.ts'
import { findOrganization } from '../../metadata/organizations.ts'
import type { ApiModule } from '../api.ts'
import { AuthorizedClient, AuthorizedClientParams, InOrganization } from './schemas/authorized-client.ts'

/** PUT /v1/authorized-clients/{clientId} (decisions.md 15): its owner sees its calls in that organization, all of them. */
export const putAuthorizedClient: ApiModule = (api, { metadata, store }) => {
  const schema = {
    operationId: 'putAuthorizedClient',
    tags: ['Authorized clients'],
    summary: 'Authorize a client in an organization',
    description: 'A client that is not registered yet is told apart from now on, and seen by whoever registers its id.',
    params: AuthorizedClientParams,
    body: InOrganization,
    response: { 200: AuthorizedClient },
  }
  const config = { access: { anyPermission: ['platform:admin'] } } as const
  api.put('/v1/authorized-clients/:clientId', { schema, config }, async (request) => {
    const { clientId } = request.params
    const { organizationId } = request.body
    if ((await findOrganization(metadata, organizationId)) === undefined) throw noSuchOrganization(organizationId)
    await store.authorize(organizationId, clientId)
    return { clientId, organizationId }
  })
}
