import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import { findOrganization } from '../../metadata/organizations.ts'
import type { ApiModule } from '../api.ts'

const PATH = '/api/v2/organizations/me'

/** What there is of the platform's Organization; the rest is about telephony. */
const PlatformOrganization = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    version: Type.Integer({ description: 'SDKs require one; nothing here makes a second' }),
    state: Type.Literal('active'),
    selfUri: Type.String(),
  },
  { title: 'Organization' },
)

/** GET /api/v2/organizations/me: the caller's organization. */
export const getOrganizationsMe: ApiModule = (api, { metadata }) => {
  const schema = {
    operationId: 'getOrganizationsMe',
    tags: ['Organizations'],
    summary: 'Get your own organization',
    response: { 200: PlatformOrganization },
  }
  const config = { access: { anyPermission: [] } }
  api.get(PATH, { schema, config }, async (request) => {
    const organization = await findOrganization(metadata, request.caller.organizationId)
    if (organization === undefined)
      throw new Refusal('bad.credentials', 'The token’s organization is not there any more.')
    const { id, name } = organization
    return { id, name, version: 1, state: 'active' as const, selfUri: PATH }
  })
}
