import { Type } from 'typebox'
import { describeRouteTemplates } from '../../metadata/route-templates.ts'
import type { ApiModule } from '../api.ts'
import { RouteTemplate } from './schemas/route-template.ts'

/** GET /v1/route-templates (api.md §4): the organization's, by code point. */
export const getRouteTemplates: ApiModule = (api, { metadata }) => {
  const schema = {
    operationId: 'getRouteTemplates',
    tags: ['Route templates'],
    summary: 'List the organization’s route templates',
    response: { 200: Type.Object({ entities: Type.Array(RouteTemplate), total: Type.Integer({ minimum: 0 }) }) },
  }
  const config = { access: { anyPermission: ['usage:template:view', 'usage:template:edit'] } } as const
  api.get('/v1/route-templates', { schema, config }, async (request) => {
    const templates = await describeRouteTemplates(metadata, request.caller.organizationId)
    const entities = templates.map(({ templateUri, addedAt }) => {
      return { templateUri, dateAdded: new Date(addedAt).toISOString() }
    })
    return { entities, total: entities.length }
  })
}
