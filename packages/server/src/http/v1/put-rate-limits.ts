import { writeWatchedLimits } from '../../metadata/rate-limits.ts'
import type { ApiModule } from '../api.ts'
import { WatchedLimitsAnswer, WatchedLimitsSchema } from './schemas/watched-limit.ts'

/** PUT /v1/rate-limits (decisions.md 26): which limits are watched; nothing is refused because of them. */
export const putRateLimits: ApiModule = (api, { metadata, now }) => {
  const schema = {
    operationId: 'putRateLimits',
    tags: ['Rate limits'],
    summary: 'Say which rate limits to watch',
    description: [
      'Replaces all of them; an empty list watches none. The platform’s own, which is watched until then, is 300 requests a',
      'minute by `clientId` and `userId`. Nobody is held up: Routemeter only says who comes near.',
    ].join(' '),
    body: WatchedLimitsSchema,
    response: { 200: WatchedLimitsAnswer },
  }
  const config = { access: { anyPermission: ['oauth:client:edit'] } } as const
  api.put('/v1/rate-limits', { schema, config }, async (request): Promise<WatchedLimitsAnswer> => {
    const { limits } = request.body
    await writeWatchedLimits(metadata, request.caller.organizationId, limits, now())
    return { limits, preset: false }
  })
}
