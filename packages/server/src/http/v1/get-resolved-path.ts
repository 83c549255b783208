import { Type } from 'typebox'
import { normalizePath, withoutLeadingSlash } from '../../templates/path.ts'
import type { ApiModule } from '../api.ts'

/** GET /v1/route-templates/try?path= : what a call of this path would be counted under. */
export const getResolvedPath: ApiModule = (api, { resolver }) => {
  const schema = {
    operationId: 'getResolvedPath',
    tags: ['Route templates'],
    summary: 'Try which route template a path fits',
    querystring: Type.Object(
      {
        path: Type.String({ minLength: 1, maxLength: 1024, description: 'As a log has it; a query is cut off' }),
        status: Type.Optional(
          Type.Integer({ minimum: 100, maximum: 599, description: 'The call’s HTTP status; 200 by default' }),
        ),
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        path: Type.String({ description: 'As templates are matched against it' }),
        templateUri: Type.String({ description: 'What the call is counted under' }),
        matched: Type.Boolean({ description: 'Whether that is a template; else it is the path’s folded shape' }),
      }),
    },
  }
  const config = { access: { anyPermission: ['usage:template:view', 'usage:template:edit'] } } as const
  api.get('/v1/route-templates/try', { schema, config }, async (request) => {
    const { path, status = 200 } = request.query
    const own = await resolver.of(request.caller.organizationId)
    const template = own.templateOf(path)
    return {
      path: withoutLeadingSlash(normalizePath(path)),
      templateUri: template ?? own.shapeOf(path, status),
      matched: template !== undefined,
    }
  })
}
