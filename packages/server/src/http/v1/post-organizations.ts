import { Type } from 'typebox'
import { makeOrganization } from '../../identity/organizations.ts'
import type { ApiModule } from '../api.ts'
import { EntityName } from './schemas/entity-name.ts'
import { OrganizationId } from './schemas/organization.ts'

const NewOrganization = Type.Object(
  { name: EntityName, id: Type.Optional(OrganizationId) },
  { additionalProperties: false },
)

const MadeOrganization = Type.Object({
  id: Type.String(),
  name: Type.String(),
  client: Type.Object({
    id: Type.String(),
    name: Type.String(),
    secret: Type.String({ description: 'Told once: only its hash is kept' }),
  }),
})

/** POST /v1/organizations (api.md §2): a new tenant with its own administrator client. */
export const postOrganizations: ApiModule = (api, { metadata, now }) => {
  const schema = {
    operationId: 'postOrganizations',
    tags: ['Organizations'],
    summary: 'Make an organization with its own administrator client',
    body: NewOrganization,
    response: { 201: MadeOrganization },
  }
  const config = { access: { anyPermission: ['platform:admin'] }, refusals: ['conflict'] } as const
  api.post('/v1/organizations', { schema, config }, async (request, reply) => {
    const made = await makeOrganization(metadata, request.caller, request.body, now())
    const { id, name } = made.organization
    const client = { id: made.client.id, name: made.client.name, secret: made.secret }
    return reply.code(201).send({ id, name, client })
  })
}
