import { type Static, Type } from 'typebox'
import { DIMENSION_NAMES, type Dimension } from '../../domain/catalogue.ts'
import { Refusal, shown } from '../../domain/refusal.ts'
import { registeredNames } from '../../metadata/clients.ts'
import { type LiveQuery, liveRows } from '../../query/live/live-query.ts'
import type { LiveStep } from '../../query/live/live-reader.ts'
import { LiveUsage } from '../../query/live/live-usage.ts'
import { authenticate, checkAccess } from '../access.ts'
import type { ApiModule, Parts } from '../api.ts'
import { LIVE_TIMES, LiveStream } from '../live-stream.ts'

/**
 * GET /v1/usage/live (api.md §4, decisions.md 13): what commits count in the caller's organization, as server-sent events
 * `usage` and `reset`, within a second of the answer to who sent the events.
 */
export const getUsageLive: ApiModule = (api, parts) => {
  const { store, now, settings } = parts
  const live = new LiveUsage({ store, now, mostReaders: settings.maxLiveStreams })
  api.addHook('preClose', async () => live.close())
  const access = { anyPermission: ['usage:organization:view', 'oauth:client:view'] } as const
  const config = { access, isEndless: true, refusals: ['too.many.requests'] } as const
  // A stream without its body is nothing: HEAD is not offered.
  api.get('/v1/usage/live', { schema: SCHEMA, config, exposeHeadRoute: false }, async (request, reply) => {
    const { caller } = request
    const query = liveQuery(caller.organizationId, request.query)
    const names = await clientNames(parts, query)
    const present = (step: LiveStep) => dataOf(step, query, names.current)
    const reader = live.open(query.organizationId, placeOf(request.headers['last-event-id']))
    const recheck = async () => {
      const again = await authenticate(request, parts)
      checkAccess(again, access)
      if (again.organizationId !== query.organizationId) throw new Error('the token is of another organization now')
      await names.renew()
    }
    const stream = new LiveStream({ reader, present, recheck, times: { ...LIVE_TIMES, ...parts.liveTimes } })
    // Whoever is too slow does not take the end of the answer either.
    stream.once('error', () => reply.raw.destroy())
    // A stop waits for connections; this one has nothing more to do when the stream ends.
    return reply.type('text/event-stream').headers({ 'x-accel-buffering': 'no', connection: 'close' }).send(stream)
  })
}

const QuerySchema = Type.Object(
  {
    groupBy: Type.Optional(
      Type.Array(Type.Enum([...DIMENSION_NAMES]), {
        uniqueItems: true,
        description: 'Repeatable: what rows are told apart by. Without it each event has one row, the total',
      }),
    ),
    filter: Type.Optional(
      Type.Array(Type.String({ maxLength: 1100, description: 'DIMENSION:VALUE' }), {
        maxItems: 90,
        description:
          'DIMENSION:VALUE, repeatable: `filter=clientId:my-client`. Of one dimension any of the values passes; a call passes when it does for every dimension that is named. Nothing after the colon is a missing value',
      }),
    ),
  },
  { additionalProperties: false },
)

const SCHEMA = {
  operationId: 'getUsageLive',
  tags: ['Usage'],
  summary: 'Watch calls being counted',
  description: [
    'Server-sent events, read with fetch and a bearer token. `usage` tells what was counted since the event before:',
    '`{"time":"…","rows":[{"clientId":"…","requests":3,"status200":2,"status300":0,"status400":1,"status500":0,"status429":1}]}`,',
    'duplicates left out. `reset` says that what follows does not continue what went before: read the numbers anew, and add',
    'what follows: `{"reason":"begin"}` at the start of a stream, `missed` where the place that was asked for is gone,',
    '`recounted` when what was counted before was moved to other route templates or erased. Come back with the last event’s',
    'id in `Last-Event-ID` to go on where you were; two minutes and some thousand rows are remembered. Comments come every',
    '15 seconds. The stream ends when the token does; who reads too slowly is dropped.',
  ].join('\n'),
  headers: Type.Object({
    'last-event-id': Type.Optional(Type.String({ maxLength: 100, description: 'The id of the last event that came' })),
  }),
  querystring: QuerySchema,
  response: {
    200: {
      description: 'A stream that ends when one side ends it',
      content: { 'text/event-stream': { schema: Type.Unsafe<LiveStream>({ type: 'string' }) } },
    },
  },
}

function placeOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined
}

/** @throws Refusal invalid.query.param.value for a filter that names no dimension. */
function liveQuery(organizationId: string, { groupBy = [], filter = [] }: Static<typeof QuerySchema>): LiveQuery {
  const filters: Partial<Record<Dimension, string[]>> = {}
  for (const each of filter) {
    const colon = each.indexOf(':')
    const dimension = DIMENSION_NAMES.find((name) => name.toLowerCase() === each.slice(0, colon).toLowerCase())
    if (colon < 0 || dimension === undefined) throw unknownFilter(each)
    filters[dimension] = [...(filters[dimension] ?? []), each.slice(colon + 1)]
  }
  return { organizationId, groupBy, filters }
}

function unknownFilter(given: string): Refusal {
  return new Refusal(
    'invalid.query.param.value',
    'The query parameter [filter] must be DIMENSION:VALUE, not [{value}]. Allowable dimensions are: {allowed}',
    { value: shown(given), allowed: DIMENSION_NAMES.join(', ') },
    { details: [{ errorCode: 'invalid.query.param.value', fieldName: 'filter' }] },
  )
}

/** Undefined for calls that the query does not want. */
function dataOf(step: LiveStep, query: LiveQuery, names: ReadonlyMap<string, string>): object | undefined {
  if (step.kind === 'reset') return { reason: step.reason }
  const rows = liveRows(query, step.calls, names)
  return rows.length === 0 ? undefined : { time: new Date(step.at).toISOString(), rows }
}

interface Names {
  readonly current: ReadonlyMap<string, string>
  renew(): Promise<void>
}

/** Registered names by client id, where the query asks for names at all. */
async function clientNames(parts: Pick<Parts, 'metadata' | 'store'>, query: LiveQuery): Promise<Names> {
  const isAsked = query.groupBy.includes('clientName') || query.filters.clientName !== undefined
  const names = { current: new Map<string, string>(), renew }
  async function renew(): Promise<void> {
    if (!isAsked) return
    const organizationIds = [query.organizationId]
    const found = await registeredNames(
      parts.metadata,
      organizationIds,
      await parts.store.authorizedClients(organizationIds),
    )
    names.current = new Map(found.map(({ clientId, name }) => [clientId, name]))
  }
  await renew()
  return names
}
