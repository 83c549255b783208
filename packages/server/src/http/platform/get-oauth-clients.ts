import { listClients, ownClientIds } from '../../metadata/client-pages.ts'
import type { ApiModule } from '../api.ts'
import { entityListing, PageQuery, presentPage, readPage } from './entity-page.ts'
import { OAuthClient, presentClient } from './schemas/oauth-client.ts'

const PATH = '/api/v2/oauth/clients'

/** GET /api/v2/oauth/clients: the organization's clients, oldest first. */
export const getOauthClients: ApiModule = (api, { metadata }) => {
  const schema = {
    operationId: 'getOauthClients',
    tags: ['OAuth clients'],
    summary: 'List the organization’s OAuth clients',
    querystring: PageQuery,
    response: { 200: entityListing(OAuthClient, 'OAuthClientEntityListing') },
  }
  const config = { access: { anyPermission: ['oauth:client:view'] } } as const
  api.get(PATH, { schema, config }, async (request) => {
    const { organizationId } = request.caller
    const page = readPage(request.query)
    const { clients, total } = await listClients(metadata, organizationId, { ...page, limit: page.pageSize })
    const own = await ownClientIds(
      metadata,
      organizationId,
      clients.flatMap(({ createdBy, modifiedBy }) => [createdBy, modifiedBy]),
    )
    const entities = clients.map((client) => presentClient(client, own))
    return presentPage(PATH, page, entities, total)
  })
}
