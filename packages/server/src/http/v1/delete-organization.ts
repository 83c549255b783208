import { Type } from 'typebox'
import { deleteOrganization as deleteWithUsage } from '../../identity/organizations.ts'
import type { ApiModule } from '../api.ts'

/** DELETE /v1/organizations/{organizationId}: the organization and all that is kept of it. */
export const deleteOrganization: ApiModule = (api, { metadata, store, now }) => {
  const schema = {
    operationId: 'deleteOrganization',
    tags: ['Organizations'],
    summary: 'Delete an organization with its usage, clients, keys and tokens',
    description: 'Your own organization cannot be deleted (409).',
    params: Type.Object({ organizationId: Type.String() }),
    response: { 204: Type.Null({ description: 'It is gone' }) },
  }
  const config = { access: { anyPermission: ['platform:admin'] }, refusals: ['conflict'] } as const
  api.delete('/v1/organizations/:organizationId', { schema, config }, async (request, reply) => {
    const eraseUsage = (id: string) => store.erase(id)
    await deleteWithUsage(metadata, request.caller, request.params.organizationId, eraseUsage, now())
    return reply.code(204).send(null)
  })
}
