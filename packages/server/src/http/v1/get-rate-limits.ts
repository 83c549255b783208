import { PLATFORM_LIMITS } from '../../domain/rate-limit.ts'
import { findWatchedLimits } from '../../metadata/rate-limits.ts'
import type { ApiModule } from '../api.ts'
import { WatchedLimitsAnswer } from './schemas/watched-limit.ts'

/** GET /v1/rate-limits (decisions.md 26): the limits that are watched in the organization. */
export const getRateLimits: ApiModule = (api, { metadata }) => {
  const schema = {
    operationId: 'getRateLimits',
    tags: ['Rate limits'],
    summary: 'See which rate limits are watched',
    response: { 200: WatchedLimitsAnswer },
  }
  const config = { access: { anyPermission: ['usage:organization:view', 'oauth:client:view'] } } as const
  api.get('/v1/rate-limits', { schema, config }, async (request): Promise<WatchedLimitsAnswer> => {
    const own = await findWatchedLimits(metadata, request.caller.organizationId)
    const limits = (own ?? PLATFORM_LIMITS).map(({ by, requestsPerMinute }) => ({ by: [...by], requestsPerMinute }))
    return { limits, preset: own === undefined }
  })
}
