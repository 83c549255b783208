import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import { removeRouteTemplates } from '../../metadata/route-templates.ts'
import { normalizeTemplate } from '../../templates/template-syntax.ts'
import type { ApiModule } from '../api.ts'
import { TemplateParams } from './schemas/route-template.ts'

/** DELETE /v1/route-templates/{templateUri}: it fits no call that comes from now on. */
export const deleteRouteTemplate: ApiModule = (api, { metadata, resolver }) => {
  const schema = {
    operationId: 'deleteRouteTemplate',
    tags: ['Route templates'],
    summary: 'Remove a route template',
    description: 'What was counted under it stays.',
    params: TemplateParams,
    response: { 204: Type.Null({ description: 'It is removed' }) },
  }
  const config = { access: { anyPermission: ['usage:template:edit'] } } as const
  api.delete('/v1/route-templates/:templateUri', { schema, config }, async (request, reply) => {
    const { organizationId } = request.caller
    const { templateUri } = request.params
    const removed = await removeRouteTemplates(metadata, organizationId, normalizeTemplate(templateUri))
    if (removed === 0) throw new Refusal('not.found', 'There is no route template [{templateUri}].', { templateUri })
    resolver.refresh(organizationId)
    return reply.code(204).send(null)
  })
}
