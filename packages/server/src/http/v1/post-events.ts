import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import { type GivenReading, NOTHING_READ, type Receipt } from '../../ingest/ingest.ts'
import { EVENT_MEDIA_TYPES, sourceOf } from '../../ingest/sources.ts'
import type { ApiModule } from '../api.ts'
import { noteRefusal, unsupportedMediaType } from '../error-answers.ts'
import { errorBody } from '../errors.ts'
import { compileValidator } from '../validation.ts'
import { cloudEventAttributes } from './cloudevent-headers.ts'
import { mediaTypeOf, readEventBodies } from './event-bodies.ts'
import { EventsErrorSchema, ReceiptSchema, UsageEventSchema } from './schemas/usage-event.ts'

/** What a body may say of its characters; JSON is UTF-8. */
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii'])

const ALLOWED = EVENT_MEDIA_TYPES.join(', ')

/** POST /v1/events (api.md §3): count usage events, once each; answered when they are durable. */
export const postEvents: ApiModule = (api, { ingest, settings }) => {
  const readBody = readEventBodies(api, settings, sourceFor)
  const config = { access: { sendsEvents: true } } as const
  api.post('/v1/events', { schema: SCHEMA, config, validatorCompiler }, async (request, reply) => {
    const { caller, headers, query } = request
    const receipt = await readBody(request, (body) => {
      const { source, reading } = howToRead(headers)
      return query.unmatched
        ? ingest.acceptFully(caller, source, body, reading)
        : ingest.accept(caller, source, body, reading)
    })
    if (receipt === undefined) return reply.send(query.unmatched ? { ...NOTHING_READ, unmatched: 0 } : NOTHING_READ)
    return isNothingUsable(receipt) ? answerNothingUsable(request, reply, receipt) : reply.send(receipt)
  })
}

/** The body is read by its source, which knows better what is wrong with it. */
const validatorCompiler: typeof compileValidator = (part) =>
  part.httpPart === 'querystring' ? compileValidator(part) : () => true

const SCHEMA = {
  operationId: 'postEvents',
  tags: ['Events'],
  summary: 'Send usage events',
  description: [
    'Answered when the accepted events are on disk and counted. Sending the same body again is always safe: an event',
    'with an id counts once. JSON with the headers of a CloudEvent (`ce-id`, `ce-source`, …) is its data. A body may be compressed (`Content-Encoding: gzip` or `zstd`). When every event is',
    'rejected, the answer is a 400 with the receipt’s fields beside the error’s own.',
  ].join(' '),
  querystring: Type.Object(
    { unmatched: Type.Optional(Type.Boolean({ description: 'true: the receipt tells `unmatched` too' })) },
    { additionalProperties: true },
  ),
  body: {
    content: {
      'application/x-ndjson': { schema: Type.String({ description: 'One event a line' }) },
      'application/json': { schema: Type.Union([UsageEventSchema, Type.Array(UsageEventSchema)]) },
      'application/cloudevents+json': { schema: Type.Object({ data: UsageEventSchema }) },
      'application/cloudevents-batch+json': { schema: Type.Array(Type.Object({ data: UsageEventSchema })) },
    },
  },
  response: { 200: ReceiptSchema, 400: EventsErrorSchema },
}

/**
 * The name of the source that reads the body.
 * @throws Refusal unsupported.media.type naming what is allowed.
 */
function sourceFor(headers: IncomingHttpHeaders): string {
  const { mediaType, parameters } = mediaTypeOf(headers)
  const source = sourceOf(mediaType)
  if (source !== undefined && parameters.every(isReadable)) return source.name
  throw unsupportedMediaType(headers['content-type'], ALLOWED)
}

/** JSON with a CloudEvent's attributes in headers is that event's data. */
function howToRead(headers: IncomingHttpHeaders): { source: string; reading: GivenReading | undefined } {
  const source = sourceFor(headers)
  const attributes = cloudEventAttributes(headers)
  const { mediaType } = mediaTypeOf(headers)
  if (attributes === undefined || mediaType !== 'application/json') return { source, reading: undefined }
  return { source: 'cloudevent-binary', reading: { mediaType, map: {}, timeZone: 'UTC', attributes } }
}

function isReadable(parameter: string): boolean {
  const [name, value = ''] = parameter.split('=')
  return name?.trim() !== 'charset' || CHARSETS.has(value.trim().replaceAll('"', ''))
}

function isNothingUsable({ accepted, duplicates, rejected }: Receipt): boolean {
  return rejected > 0 && accepted === 0 && duplicates === 0
}

/** An ErrorBody with the receipt's fields beside its own; both have `errors`, and the receipt's say more (api.md §3). */
function answerNothingUsable(request: FastifyRequest, reply: FastifyReply, receipt: Receipt): FastifyReply {
  const [first] = receipt.errors
  const refusal = new Refusal(
    'constraint.validation',
    'None of the {rejected} events could be used. The first one: {reason}',
    { rejected: String(receipt.rejected), reason: first?.message ?? '' },
  )
  noteRefusal(request, refusal)
  const body = JSON.stringify({ ...errorBody(refusal, request.id), ...receipt })
  return reply.code(400).type('application/json').send(body)
}
