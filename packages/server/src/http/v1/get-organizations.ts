import { Type } from 'typebox'
import { listOrganizations } from '../../metadata/organizations.ts'
import type { ApiModule } from '../api.ts'
import { Organization, presentOrganization } from './schemas/organization.ts'

/** GET /v1/organizations: all of them, oldest first. */
export const getOrganizations: ApiModule = (api, { metadata }) => {
  const schema = {
    operationId: 'getOrganizations',
    tags: ['Organizations'],
    summary: 'List the organizations',
    response: { 200: Type.Object({ entities: Type.Array(Organization) }) },
  }
  const config = { access: { anyPermission: ['platform:admin'] } } as const
  api.get('/v1/organizations', { schema, config }, async () => {
    const organizations = await listOrganizations(metadata)
    return { entities: organizations.map(presentOrganization) }
  })
}
