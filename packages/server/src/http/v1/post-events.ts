import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import type { FullReceipt, Receipt } from '../../ingest/ingest.ts'
import { EVENT_MEDIA_TYPES, sourceOf } from '../../ingest/sources.ts'
import type { ApiModule } from '../api.ts'
import { contentEncoding } from '../content-encoding.ts'
import { noteRefusal, unsupportedMediaType } from '../error-answers.ts'
import { errorBody } from '../errors.ts'
import { BodyMemory, hasBody } from '../request-body.ts'
import { compileValidator } from '../validation.ts'
import { EventsErrorSchema, ReceiptSchema, UsageEventSchema } from './schemas/usage-event.ts'

/** How many bodies of the greatest length may be in memory at once. */
const BIG_BODIES_AT_ONCE = 8

/** What a body may say of its characters; JSON is UTF-8. */
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii'])

const ALLOWED = EVENT_MEDIA_TYPES.join(', ')

const NOTHING_READ: FullReceipt = { accepted: 0, duplicates: 0, rejected: 0, errors: [], unmatched: 0 }

/** POST /v1/events (api.md §3): count usage events, once each; answered when they are durable. */
export const postEvents: ApiModule = (api, { ingest, settings }) => {
  const memory = new BodyMemory(BIG_BODIES_AT_ONCE * settings.maxBodyBytes)
  // Bodies are read by the handler, within limits of their own: fastify's parsers know no Content-Encoding.
  api.removeAllContentTypeParsers()
  api.addContentTypeParser('*', (_request, _payload, done) => done(null))
  api.addHook('onRequest', async ({ raw }) => {
    if (hasBody(raw)) formatOf(raw.headers)
  })
  const config = { access: { sendsEvents: true } } as const
  api.post('/v1/events', { schema: SCHEMA, config, validatorCompiler }, async (request, reply) => {
    const answered = ({ unmatched, ...receipt }: FullReceipt) =>
      request.query.unmatched ? { ...receipt, unmatched } : receipt
    if (!hasBody(request.raw)) return reply.send(answered(NOTHING_READ))
    const { source, encoding } = formatOf(request.headers)
    const options = { encoding, maxBytes: settings.maxBodyBytes }
    const full = await memory.withBody(request.raw, options, (body) => ingest.accept(request.caller, source, body))
    const receipt = answered(full)
    return isNothingUsable(receipt) ? answerNothingUsable(request, reply, receipt) : reply.send(receipt)
  })
}

/** The body is read by its source, which knows better what is wrong with it. */
const validatorCompiler: typeof compileValidator = (route) =>
  route.httpPart === 'querystring' ? compileValidator(route) : () => true

const SCHEMA = {
  operationId: 'postEvents',
  tags: ['Events'],
  summary: 'Send usage events',
  description: [
    'Answered when the accepted events are on disk and counted. Sending the same body again is always safe: an event',
    'with an id counts once. A body may be compressed (`Content-Encoding: gzip` or `zstd`). When every event is',
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
 * How the body is to be read.
 * @throws Refusal unsupported.media.type naming what is allowed.
 */
function formatOf(headers: IncomingHttpHeaders) {
  const contentType = headers['content-type']
  const [mediaType = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const source = sourceOf(mediaType.trim())
  if (source === undefined || !parameters.every(isReadable)) throw unsupportedMediaType(contentType, ALLOWED)
  return { source: source.name, encoding: contentEncoding(headers['content-encoding']) }
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
