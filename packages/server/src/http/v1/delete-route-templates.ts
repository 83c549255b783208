import { Type } from 'typebox'
import { removeRouteTemplates } from '../../metadata/route-templates.ts'
import type { ApiModule } from '../api.ts'

/** DELETE /v1/route-templates: from now on paths are counted under their folded shapes. */
export const deleteRouteTemplates: ApiModule = (api, { metadata, resolver }) => {
  const schema = {
    operationId: 'deleteRouteTemplates',
    tags: ['Route templates'],
    summary: 'Remove all of the organization’s route templates',
    description: 'What was counted under them stays.',
    response: { 200: Type.Object({ removed: Type.Integer({ minimum: 0, description: 'How many there were' }) }) },
  }
  const config = { access: { anyPermission: ['usage:template:edit'] } } as const
  api.delete('/v1/route-templates', { schema, config }, async (request) => {
    const { organizationId } = request.caller
    const removed = await removeRouteTemplates(metadata, organizationId)
    resolver.refresh(organizationId)
    return { removed }
  })
}
