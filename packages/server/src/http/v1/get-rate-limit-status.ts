import { type Static, Type } from 'typebox'
import { floorTo, MINUTE_MS } from '../../domain/bucket.ts'
import { PLATFORM_LIMITS, type WatchedLimit } from '../../domain/rate-limit.ts'
import { registeredNames } from '../../metadata/clients.ts'
import { findWatchedLimits } from '../../metadata/rate-limits.ts'
import { type LimitStatus, limitStatus, type MinuteCount, type NearLimit } from '../../query/limit-status.ts'
import type { ApiModule } from '../api.ts'
import { WatchedLimitSchema } from './schemas/watched-limit.ts'

const HOUR = 60
const DAY = 1_440
const NEAR = 0.8
const SOME_ENTITIES = 50

/** GET /v1/rate-limits/status (decisions.md 26): who is near a watched limit or over it, and since when. */
export const getRateLimitStatus: ApiModule = (api, { metadata, store, now }) => {
  const config = { access: { anyPermission: ['usage:organization:view', 'oauth:client:view'] } } as const
  api.get('/v1/rate-limits/status', { schema: SCHEMA, config }, async (request): Promise<RateLimitStatusAnswer> => {
    const { organizationId, scope } = request.caller
    const { minutes = HOUR, share = NEAR, limit: mostEntities = SOME_ENTITIES } = request.query
    const authorized = await store.authorizedClients([organizationId])
    const clientNames = await registeredNames(metadata, [organizationId], authorized)
    const question = { minutes, share, mostEntities, clientNames, now: now() }
    const limits: RateLimitStatusAnswer['limits'] = []
    for (const limit of (await findWatchedLimits(metadata, organizationId)) ?? PLATFORM_LIMITS) {
      limits.push(answerOf(await limitStatus(store, scope, limit, question), question.now))
    }
    const current = floorTo(question.now, MINUTE_MS)
    return { start: rfc3339(current - (minutes - 1) * MINUTE_MS), currentMinute: rfc3339(current), limits }
  })
}

const Time = (description: string) => Type.String({ format: 'date-time', description })

const MinuteSchema = Type.Object({
  time: Time('When the minute began'),
  requests: Type.Integer(),
  share: Type.Number({ description: 'requests of the limit; 1 is all of it' }),
  status429: Type.Integer({ description: 'How many of them were answered 429' }),
})

const EntitySchema = Type.Object({
  clientId: Type.Optional(Type.String()),
  clientName: Type.Optional(Type.String({ description: '"" for a client without a name' })),
  userId: Type.Optional(Type.String({ description: '"" for calls on behalf of no user' })),
  templateUri: Type.Optional(Type.String()),
  state: Type.Enum(['over', 'near', 'limited'], {
    description:
      'By its busiest minute: more than the limit; the asked share of it or more; less, but calls were answered 429',
  }),
  began: Time('The first of the latest busy minutes that follow on each other'),
  last: Time('The last of them'),
  current: MinuteSchema,
  peak: MinuteSchema,
  status429: Type.Integer({ description: 'In all of the minutes' }),
  minutes: Type.Array(MinuteSchema, { description: 'Those with calls, in order' }),
})

const AnswerSchema = Type.Object({
  start: Time('The first minute that was looked at'),
  currentMinute: Time('The last one, which is not over yet'),
  limits: Type.Array(
    Type.Object({
      ...WatchedLimitSchema.properties,
      entities: Type.Array(EntitySchema, { description: 'Whoever was near the limit or over it, the busiest first' }),
      truncated: Type.Boolean({ description: 'There are more than these' }),
    }),
  ),
})
export type RateLimitStatusAnswer = Static<typeof AnswerSchema>

const SCHEMA = {
  operationId: 'getRateLimitStatus',
  tags: ['Rate limits'],
  summary: 'See who is near a rate limit, or over it',
  description: [
    'For each watched limit the clients, users or routes that had a busy minute lately: one that reached the share of the',
    'limit, or had calls answered 429. `began` is the minute in which it began, `minutes` is how it went.',
  ].join(' '),
  querystring: Type.Object(
    {
      minutes: Type.Optional(
        Type.Integer({ minimum: 1, maximum: DAY, description: `How many minutes to look at, ${HOUR} by default` }),
      ),
      share: Type.Optional(
        Type.Number({ minimum: 0.01, maximum: 100, description: `Near is from this share on, ${NEAR} by default` }),
      ),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 200, description: `Most entities a limit, ${SOME_ENTITIES} by default` }),
      ),
    },
    { additionalProperties: false },
  ),
  response: { 200: AnswerSchema },
}

function answerOf({ limit, entities, truncated }: LimitStatus, now: number): RateLimitStatusAnswer['limits'][number] {
  const { by, requestsPerMinute } = limit
  return {
    by: [...by],
    requestsPerMinute,
    entities: entities.map((entity) => entityOf(entity, limit, floorTo(now, MINUTE_MS))),
    truncated,
  }
}

function entityOf(entity: NearLimit, limit: WatchedLimit, currentMinute: number): Static<typeof EntitySchema> {
  const { values, clientName, minutes, peak, began, last } = entity
  const shown = ({ time, requests, status429 }: MinuteCount) => {
    return { time: rfc3339(time), requests, share: requests / limit.requestsPerMinute, status429 }
  }
  const current = minutes.find(({ time }) => time === currentMinute)
  return {
    ...values,
    ...(values.clientId === undefined ? {} : { clientName }),
    state: stateOf(entity, limit),
    began: rfc3339(began),
    last: rfc3339(last),
    current: shown(current ?? { time: currentMinute, requests: 0, status429: 0 }),
    peak: shown(peak),
    status429: minutes.reduce((sum, { status429 }) => sum + status429, 0),
    minutes: minutes.map(shown),
  }
}

function stateOf({ peak, isNear }: NearLimit, { requestsPerMinute }: WatchedLimit): 'over' | 'near' | 'limited' {
  if (peak.requests > requestsPerMinute) return 'over'
  return isNear ? 'near' : 'limited'
}

function rfc3339(time: number): string {
  return new Date(time).toISOString()
}
