import type { IncomingHttpHeaders } from 'node:http'
import { Type } from 'typebox'
import { type GivenReading, NOTHING_READ } from '../../ingest/ingest.ts'
import { parseFieldMap } from '../../ingest/sources/field-map.ts'
import type { Api, ApiModule } from '../api.ts'
import { answerError, refuse, unsupportedMediaType } from '../error-answers.ts'
import { statusOf } from '../errors.ts'
import { compileValidator } from '../validation.ts'
import { mediaTypeOf, readEventBodies } from './event-bodies.ts'
import { PROTOBUF, protobufResponse, protobufStatus, traceResponse } from './otlp-answers.ts'

/** The names of the sources that read each encoding. */
const SOURCES: Readonly<Record<string, string>> = { 'application/json': 'otlp-json', [PROTOBUF]: 'otlp-protobuf' }
const ALLOWED = Object.keys(SOURCES).join(', ')

/**
 * POST /v1/traces: OTLP/HTTP, in JSON and protobuf (sources.md, "Decided"). A span of the kind SERVER is a call; the others
 * are passed over. Answered in the request's type when the calls are on disk.
 */
export const postTraces: ApiModule = (api, { ingest, settings }) => {
  const readBody = readEventBodies(api, settings, sourceFor)
  const config = { access: { sendsEvents: true } } as const
  answerErrorsAsTheyCame(api)
  api.post('/v1/traces', { schema: SCHEMA, config, validatorCompiler }, async (request, reply) => {
    const { map = [] } = request.query
    const { mediaType } = mediaTypeOf(request.headers)
    const reading: GivenReading = { mediaType, map: parseFieldMap(map), timeZone: 'UTC' }
    const receipt =
      (await readBody(request, (body) => ingest.accept(request.caller, sourceFor(request.headers), body, reading))) ??
      NOTHING_READ
    return mediaType === PROTOBUF
      ? reply.type(PROTOBUF).send(protobufResponse(receipt))
      : reply.type('application/json').send(traceResponse(receipt))
  })
}

const PartialSuccess = Type.Object({
  partialSuccess: Type.Optional(
    Type.Object({
      rejectedSpans: Type.String({ description: 'How many SERVER spans were not counted; a 64-bit number' }),
      errorMessage: Type.String({ description: 'Why the first of them was not' }),
    }),
  ),
})

const SCHEMA = {
  operationId: 'postTraces',
  tags: ['Events'],
  summary: 'Send OpenTelemetry spans',
  description: [
    'OTLP/HTTP: an ExportTraceServiceRequest in JSON or protobuf; docs/sources.md has the exporters’ settings. Spans of the',
    'kind SERVER are calls, each once by its traceId and spanId; others are passed over. `partialSuccess` is there only',
    'when SERVER spans were rejected. Errors of protobuf requests are a `google.rpc.Status` in protobuf.',
  ].join(' '),
  querystring: Type.Object({
    map: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'EVENTFIELD=ATTRIBUTE, repeatable: takes a field of the event from another attribute of the span or its resource, such as `clientId=http.request.header.x-client-id`.',
      }),
    ),
  }),
  body: {
    content: {
      'application/json': { schema: Type.Object({ resourceSpans: Type.Optional(Type.Array(Type.Object({}))) }) },
      [PROTOBUF]: { schema: Type.String({ format: 'binary' }) },
    },
  },
  response: {
    200: {
      description: 'The calls are on disk and counted.',
      content: {
        'application/json': { schema: PartialSuccess },
        [PROTOBUF]: { schema: Type.Unsafe<Buffer>(Type.String({ format: 'binary' })) },
      },
    },
  },
} as const

/** The handler reads the body. */
const validatorCompiler: typeof compileValidator = (part) =>
  part.httpPart === 'querystring' ? compileValidator(part) : () => true

/** @throws Refusal unsupported.media.type naming what is allowed. */
function sourceFor(headers: IncomingHttpHeaders): string {
  const source = SOURCES[mediaTypeOf(headers).mediaType]
  if (source === undefined) throw unsupportedMediaType(headers['content-type'], ALLOWED)
  return source
}

/** What sends protobuf reads protobuf. */
function answerErrorsAsTheyCame(api: Api): void {
  api.setErrorHandler((error, request, reply) => {
    if (mediaTypeOf(request.headers).mediaType !== PROTOBUF) return answerError(error, request, reply)
    const refusal = refuse(error, request, reply)
    const status = statusOf(refusal.code)
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    return reply.code(status).type(PROTOBUF).send(protobufStatus(refusal))
  })
}
