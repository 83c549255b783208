import { STATUS_CODES } from 'node:http'
import type { FastifySchema } from 'fastify'
import { Type } from 'typebox'
import type { RefusalCode } from '../domain/refusal.ts'
import type { Access } from './api.ts'
import { statusOf } from './errors.ts'
import { ANSWER_HEADERS, headerReference } from './openapi-headers.ts'

export const ErrorBodySchema = Type.Object(
  {
    message: Type.String({ description: 'Names the field, what came and what is allowed.' }),
    code: Type.String({ description: 'For programs: invalid.value, not.found, too.many.requests, …' }),
    status: Type.Integer(),
    messageWithParams: Type.String({ description: 'The message before its parameters were filled in.' }),
    messageParams: Type.Record(Type.String(), Type.String()),
    contextId: Type.String({
      format: 'uuid',
      description: 'The answer’s ININ-Correlation-Id: name it when you ask for help.',
    }),
    details: Type.Array(
      Type.Object({ errorCode: Type.Optional(Type.String()), fieldName: Type.Optional(Type.String()) }),
      { description: 'The fields at fault, where they are known.' },
    ),
    errors: Type.Array(Type.Object({})),
    limit: Type.Optional(
      Type.Object(
        { key: Type.String(), namespace: Type.String(), value: Type.Integer() },
        { description: 'The rate limit that was exceeded.' },
      ),
    ),
  },
  { title: 'ErrorBody' },
)

const OAuthErrorBodySchema = Type.Object(
  {
    error: Type.String({ description: 'RFC 6749: invalid_request, invalid_client, …' }),
    error_description: Type.String(),
    description: Type.String({ description: 'The same as error_description: clients differ in which they read.' }),
  },
  { title: 'OAuthErrorBody' },
)

/** What a refusal's status means wherever it is answered, and the component that says so. */
const REFUSALS: Readonly<Record<number, { readonly name: string; readonly description: string }>> = {
  400: {
    name: 'BadRequest',
    description: 'The request is not as described: the message names the field, what came and what is allowed.',
  },
  401: { name: 'Unauthorized', description: 'No credentials, or ones that are unknown, expired or revoked.' },
  403: {
    name: 'Forbidden',
    description: 'The caller may not; the message names the permissions of which it needs one.',
  },
  404: { name: 'NotFound', description: 'What the path names never was, is no more, or is another organization’s.' },
  406: { name: 'NotAcceptable', description: 'None of the formats in the Accept header; the message names those.' },
  408: { name: 'RequestTimeout', description: 'It would take longer than it may, and was stopped.' },
  409: { name: 'Conflict', description: 'It cannot be done to what is there; the message says why.' },
  413: { name: 'ContentTooLarge', description: 'The body is too long: the message names the most bytes.' },
  415: {
    name: 'UnsupportedMediaType',
    description: 'The Content-Type or Content-Encoding is not one that is read here; the message names those.',
  },
  429: { name: 'TooManyRequests', description: 'Too many requests, or too much at once. Nothing was done.' },
  503: { name: 'ServiceUnavailable', description: 'Too busy, or stopping. Nothing was done.' },
}

const PROTOBUF = 'application/x-protobuf'

/** The components that every operation's error answers refer to. */
export const ERROR_COMPONENTS = {
  schemas: { ErrorBody: ErrorBodySchema, OAuthErrorBody: OAuthErrorBodySchema },
  responses: {
    ...Object.fromEntries(
      Object.entries(REFUSALS).map(([status, { name, description }]) => [
        name,
        errorResponse(description, 'ErrorBody', Number(status)),
      ]),
    ),
    Error: errorResponse('Any other error.', 'ErrorBody'),
    ...otlpResponses(),
    OAuthError: errorResponse('Any error, in OAuth’s own form.', 'OAuthErrorBody'),
  },
}

function errorResponse(description: string, schema: string, status = 0) {
  return {
    description,
    headers: {
      ...ANSWER_HEADERS,
      ...(status === 401 ? headerReference('WWW-Authenticate') : {}),
      ...(status === 429 || status === 503 ? headerReference('Retry-After') : {}),
    },
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  }
}

/** The same for who may send protobuf: that is refused in it, with a google.rpc.Status (OTLP/HTTP). */
function otlpResponses() {
  const rpcStatus = { schema: { type: 'string', format: 'binary', description: 'A google.rpc.Status in protobuf.' } }
  const named = [
    ...Object.entries(REFUSALS).map(([status, refusal]) => ({ ...refusal, status: Number(status) })),
    { name: 'Error', description: 'Any other error.', status: 0 },
  ]
  return Object.fromEntries(
    named.map(({ name, description, status }) => {
      const response = errorResponse(description, 'ErrorBody', status)
      return [`Otlp${name}`, { ...response, content: { ...response.content, [PROTOBUF]: rpcStatus } }]
    }),
  )
}

/** What of an operation says how it can refuse. */
interface Refusing {
  readonly method: string
  readonly schema: FastifySchema
  readonly access: Access
  /** What only the operation knows of itself (`config.refusals`). */
  readonly refusals?: readonly RefusalCode[]
}

/** Who comes with a key in the path is known by it, or there is nothing at that path. */
function accessStatuses(access: Access): readonly number[] {
  if ('public' in access) return []
  return 'keyInPath' in access ? [429, 503] : [401, 403, 429, 503]
}

/** The statuses with which an operation refuses, in their order; anything else is `default`. */
export function refusalStatuses({ method, schema, access, refusals = [] }: Refusing): readonly number[] {
  const statuses = [
    400,
    ...accessStatuses(access),
    ...(schema.params === undefined ? [] : [404]),
    ...(readsBody(schema, method) ? [413, 415] : []),
    ...refusals.map(statusOf),
  ]
  return [...new Set(statuses)].toSorted((a, b) => a - b)
}

/** A body that nobody asked for is looked at too. */
function readsBody({ body }: FastifySchema, method: string): boolean {
  return body !== undefined || !['GET', 'HEAD'].includes(method)
}

interface Operation {
  responses?: Record<string, DocumentedResponse>
  /** What `refusalStatuses` said of it: for addAnswers alone. */
  'x-refusals'?: readonly number[]
}

interface DocumentedResponse {
  description?: string
  headers?: object
  content?: Record<string, object>
}

/** What is refused before an operation that answers with pages is found, is refused in OAuth's own form. */
function alsoWithoutPage({ content }: DocumentedResponse): void {
  if (content?.['text/html'] === undefined) return
  content['application/json'] ??= { schema: { $ref: '#/components/schemas/OAuthErrorBody' } }
}

/** Completes each operation's answers: names those that nobody described, their headers, and its refusals. */
export function addAnswers(paths: Readonly<Record<string, object | undefined>>): void {
  for (const [path, item] of Object.entries(paths)) {
    const isOAuth = path.startsWith('/oauth/')
    for (const operation of Object.values(item ?? {}) as Operation[]) {
      const { responses = {}, 'x-refusals': statuses = [] } = operation
      for (const [status, response] of Object.entries(responses)) {
        complete(response, Number(status))
        if (isOAuth && Number(status) >= 400) alsoWithoutPage(response)
      }
      const refer = PROTOBUF in (responses[200]?.content ?? {}) ? otlpReference : reference
      for (const status of statuses) {
        responses[status] ??= refer(isOAuth ? 'OAuthError' : (REFUSALS[status]?.name ?? 'Error'))
      }
      responses.default ??= refer(isOAuth ? 'OAuthError' : 'Error')
      operation.responses = responses
      delete operation['x-refusals']
    }
  }
}

function complete(response: DocumentedResponse, status: number): void {
  if (response.description === 'Default Response') response.description = STATUS_CODES[status] ?? 'The answer'
  response.headers = { ...ANSWER_HEADERS, ...response.headers }
}

function reference(response: string): object {
  return { $ref: `#/components/responses/${response}` }
}

function otlpReference(response: string): object {
  return reference(`Otlp${response}`)
}
