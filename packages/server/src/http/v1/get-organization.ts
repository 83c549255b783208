import { Type } from 'typebox'
import { noSuchOrganization } from '../../identity/organizations.ts'
import { findOrganization } from '../../metadata/organizations.ts'
import type { ApiModule } from '../api.ts'
import { Organization, presentOrganization } from './schemas/organization.ts'

/** GET /v1/organizations/{organizationId} */
export const getOrganization: ApiModule = (api, { metadata }) => {
  const schema = {
    operationId: 'getOrganization',
    tags: ['Organizations'],
    summary: 'Get one organization',
    params: Type.Object({ organizationId: Type.String() }),
    response: { 200: Organization },
  }
  const config = { access: { anyPermission: ['platform:admin'] } } as const
  api.get('/v1/organizations/:organizationId', { schema, config }, async (request) => {
    const { organizationId } = request.params
    const organization = await findOrganization(metadata, organizationId)
    if (organization === undefined) throw noSuchOrganization(organizationId)
    return presentOrganization(organization)
  })
}
