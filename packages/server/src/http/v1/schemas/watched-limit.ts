import { type Static, Type } from 'typebox'
import { MOST_WATCHED_LIMITS, RATE_LIMIT_DIMENSIONS } from '../../../domain/rate-limit.ts'

/** A rate limit that Routemeter watches (decisions.md 26). */
export const WatchedLimitSchema = Type.Object(
  {
    by: Type.Array(Type.Enum([...RATE_LIMIT_DIMENSIONS]), {
      minItems: 1,
      maxItems: RATE_LIMIT_DIMENSIONS.length,
      uniqueItems: true,
      description: 'For each different client, user or route, or for each combination of several of them',
    }),
    requestsPerMinute: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
  },
  { additionalProperties: false },
)

export const WatchedLimitsSchema = Type.Object(
  { limits: Type.Array(WatchedLimitSchema, { minItems: 0, maxItems: MOST_WATCHED_LIMITS }) },
  { additionalProperties: false },
)

export const WatchedLimitsAnswer = Type.Object({
  limits: Type.Array(WatchedLimitSchema),
  preset: Type.Boolean({ description: 'The organization has said nothing: these are the platform’s own limits' }),
})
export type WatchedLimitsAnswer = Static<typeof WatchedLimitsAnswer>
