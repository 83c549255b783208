import { Type } from 'typebox'
import { listRouteTemplates } from '../../metadata/route-templates.ts'
import { listUnmatchedPaths, removeUnmatchedPaths } from '../../metadata/unmatched-paths.ts'
import { normalizeTemplate } from '../../templates/template-syntax.ts'
import { wholeShapes } from '../../templates/whole-shapes.ts'
import type { ApiModule, Parts } from '../api.ts'
import { MovedShape } from './schemas/route-template.ts'

/** POST /v1/route-templates/re-resolve (api.md §4, decisions.md 4): counts of folded paths go to the templates that fit. */
export const postRouteTemplatesReResolve: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'postRouteTemplatesReResolve',
    tags: ['Route templates'],
    summary: 'Count under the templates of now what was counted before',
    description: [
      'Moves the counts of whole shapes, such as `api/v2/users/{id}`, to the template that fits every path of the shape:',
      'exactly, in one step, for all of history. A shape is left where a more literal template fits some of its paths.',
      '`(unmatched)` and `(overflow)` stay.',
    ].join(' '),
    response: {
      200: Type.Object({
        calls: Type.Integer({ minimum: 0, description: 'Calls that were moved' }),
        moved: Type.Array(MovedShape),
        left: Type.Array(Type.String(), {
          description: 'Shapes of which some paths fit one template, some another: they stay as they are',
        }),
      }),
    },
  }
  const config = { access: { anyPermission: ['usage:template:edit'] } } as const
  api.post('/v1/route-templates/re-resolve', { schema, config }, async (request) => {
    return reResolve(parts, request.caller.organizationId)
  })
}

async function reResolve({ metadata, resolver, store, ingest }: Parts, organizationId: string) {
  // Bodies that were read with the templates of before.
  await ingest.settled()
  const templates = (await listRouteTemplates(metadata, organizationId)).map(normalizeTemplate)
  const own = await resolver.of(organizationId)
  const { moves, ambiguous } = wholeShapes(await store.countedTemplates(organizationId), templates, own)
  const calls = await store.moveTemplates(organizationId, moves)
  const seen = await listUnmatchedPaths(metadata, organizationId)
  const fitting = seen.filter(({ example }) => own.templateOf(example) !== undefined)
  await removeUnmatchedPaths(
    metadata,
    organizationId,
    fitting.map(({ shape }) => shape),
  )
  const moved = moves
    .map((move, index) => ({ ...move, calls: calls[index] ?? 0 }))
    .filter((move) => move.calls > 0)
    .sort((a, b) => b.calls - a.calls)
  return { calls: moved.reduce((sum, move) => sum + move.calls, 0), moved, left: ambiguous.toSorted() }
}
