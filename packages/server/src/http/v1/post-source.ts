import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { Refusal, shown } from '../../domain/refusal.ts'
import { isTimeZone } from '../../domain/zone-offsets.ts'
import { type GivenReading, NOTHING_READ } from '../../ingest/ingest.ts'
import { parseFieldMap } from '../../ingest/sources/field-map.ts'
import { checkSource, SOURCE_NAMES } from '../../ingest/sources.ts'
import type { ApiModule } from '../api.ts'
import { compileValidator } from '../validation.ts'
import { mediaTypeOf, readEventBodies } from './event-bodies.ts'
import { ReceiptSchema } from './schemas/usage-event.ts'

/**
 * POST /v1/sources/{name} (api.md §3): count what a gateway writes or posts. Whatever lines are rejected, the answer is a
 * 200 with the receipt, so that no gateway sends garbage for ever (decisions.md 6).
 */
export const postSource: ApiModule = (api, { ingest, settings }) => {
  const readBody = readEventBodies(api, settings)
  const config = { access: { sendsEvents: true } } as const
  api.post('/v1/sources/:name', { schema: SCHEMA, config, validatorCompiler }, async (request, reply) => {
    const { name } = request.params
    const reading = readingOf(request, request.query)
    checkSource(name, reading)
    const receipt = await readBody(request, (body) => ingest.accept(request.caller, name, body, reading))
    return reply.send(receipt ?? NOTHING_READ)
  })
}

const QuerySchema = Type.Object({
  map: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'EVENTFIELD=LOGFIELD, repeatable: takes a field of the event from another one of the log. A dot goes into a JSON object; a log variable’s name for text; `jwt:HEADER.CLAIM` for a claim of a token.',
    }),
  ),
  timeZone: Type.Optional(
    Type.String({ description: 'An IANA time zone: where times are that say none. Default: UTC.' }),
  ),
  regex: Type.Optional(
    Type.String({ description: 'For the source `regex`: the pattern of a line, with named groups.' }),
  ),
})

const SCHEMA = {
  operationId: 'postSource',
  tags: ['Events'],
  summary: 'Send what a gateway logs',
  description: [
    'Lines of text, lines of JSON, or a JSON object or array: what the named gateway writes to its log or posts to a log',
    'collector; docs/sources.md has each gateway’s configuration. Answered with 200 and the receipt when what counts is',
    'on disk, whatever lines were rejected. With an `Idempotency-Key` header the same body can safely be sent again;',
    'without it a body of several lines is recognized for ten minutes. A body may be compressed',
    '(`Content-Encoding: gzip` or `zstd`).',
  ].join(' '),
  params: Type.Object({ name: Type.Enum([...SOURCE_NAMES]) }),
  querystring: QuerySchema,
  body: {
    content: {
      'text/plain': { schema: Type.String({ description: 'One call a line' }) },
      'application/x-ndjson': { schema: Type.String({ description: 'One call a line' }) },
      'application/json': { schema: Type.Union([Type.Object({}), Type.Array(Type.Object({}))]) },
    },
  },
  response: { 200: ReceiptSchema },
}

/** The handler reads the body, and says which names there are. */
const validatorCompiler: typeof compileValidator = (part) =>
  part.httpPart === 'querystring' ? compileValidator(part) : () => true

/** @throws Refusal invalid.query.param.value naming the parameter, what came and what is allowed. */
function readingOf({ headers }: FastifyRequest, query: Static<typeof QuerySchema>): GivenReading {
  const { map = [], timeZone = 'UTC', regex } = query
  if (!isTimeZone(timeZone)) {
    throw new Refusal(
      'invalid.query.param.value',
      'The query parameter [timeZone] is {given}: it must be an IANA time zone such as "Europe/Berlin".',
      { given: JSON.stringify(shown(timeZone)) },
    )
  }
  return {
    mediaType: mediaTypeOf(headers).mediaType,
    map: parseFieldMap(map),
    timeZone,
    regex,
    idempotencyKey: [headers['idempotency-key']].flat().join(', '),
  }
}
