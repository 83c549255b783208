import { Type } from 'typebox'
import { noSuchOrganization } from '../../identity/organizations.ts'
import { findOrganization } from '../../metadata/organizations.ts'
import type { ApiModule } from '../api.ts'
import { AuthorizedClient, InOrganization } from './schemas/authorized-client.ts'

/** GET /v1/authorized-clients?organizationId= (decisions.md 15): by id, whether the platform reported or put them. */
export const getAuthorizedClients: ApiModule = (api, { metadata, store }) => {
  const schema = {
    operationId: 'getAuthorizedClients',
    tags: ['Authorized clients'],
    summary: 'List the clients that are authorized in an organization',
    querystring: InOrganization,
    response: { 200: Type.Object({ entities: Type.Array(AuthorizedClient) }) },
  }
  const config = { access: { anyPermission: ['platform:admin'] }, refusals: ['not.found'] } as const
  api.get('/v1/authorized-clients', { schema, config }, async (request) => {
    const { organizationId } = request.query
    if ((await findOrganization(metadata, organizationId)) === undefined) throw noSuchOrganization(organizationId)
    return { entities: [...(await store.authorizedClients([organizationId]))] }
  })
}
