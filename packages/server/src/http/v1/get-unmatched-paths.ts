import { Type } from 'typebox'
import { addUnmatchedPaths, listUnmatchedPaths } from '../../metadata/unmatched-paths.ts'
import { suggestionsOf } from '../../templates/suggestions.ts'
import type { ApiModule } from '../api.ts'
import { SuggestedTemplate, UnmatchedPath } from './schemas/route-template.ts'

/** GET /v1/route-templates/unmatched (api.md §4): what to import. */
export const getUnmatchedPaths: ApiModule = (api, { metadata, resolver, now }) => {
  const schema = {
    operationId: 'getUnmatchedPaths',
    tags: ['Route templates'],
    summary: 'List paths that no route template fits',
    description: [
      'A sample of a thousand shapes at most, those with the most calls that were found first. Paths that a template',
      'fits by now are left out. Where many different texts stand at one place of otherwise equal paths, a template with',
      'a parameter there is suggested; nothing is ever folded by itself.',
    ].join(' '),
    response: {
      200: Type.Object({ entities: Type.Array(UnmatchedPath), suggestions: Type.Array(SuggestedTemplate) }),
    },
  }
  const config = { access: { anyPermission: ['usage:template:view', 'usage:template:edit'] } } as const
  api.get('/v1/route-templates/unmatched', { schema, config }, async (request) => {
    const { organizationId } = request.caller
    await addUnmatchedPaths(metadata, resolver.unmatched.drain(), now())
    const own = await resolver.of(organizationId)
    const paths = (await listUnmatchedPaths(metadata, organizationId)).filter(
      ({ example }) => own.templateOf(example) === undefined,
    )
    const entities = paths.map(({ shape, calls, notFound, example, firstSeenAt, lastSeenAt }) => ({
      ...{ shape, calls, notFound, example },
      dateFirstSeen: new Date(firstSeenAt).toISOString(),
      dateLastSeen: new Date(lastSeenAt).toISOString(),
    }))
    return { entities, suggestions: suggestionsOf(paths).map((each) => ({ ...each, examples: [...each.examples] })) }
  })
}
