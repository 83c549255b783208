import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../domain/refusal.ts'
import { StoreUnavailable } from '../store/usage-store.ts'
import { AnswerTookTooLong } from './answer-time.ts'
import { errorBody, internalError, oauthErrorBody, statusOf } from './errors.ts'

/** Seconds after which a caller may try again when the store takes nothing. */
const STORE_RETRY_SECONDS = 5

const refusals = new WeakMap<FastifyRequest, Refusal>()

/** Answers that always say when to come back: clients wait for exactly as long, or do not retry (wire.md §6). */
const COME_BACK: ReadonlySet<number> = new Set([429, 503])
const GATEWAY_TIMEOUT = 504

/** Remembers for the log how a request was refused. */
export function noteRefusal(request: FastifyRequest, refusal: Refusal): void {
  refusals.set(request, refusal)
}

/** How the request was refused, for its log line. */
export function refusalOf(request: FastifyRequest): Refusal | undefined {
  return refusals.get(request)
}

/**
 * Answers a request with whatever was thrown: a Refusal as it is, the framework's complaints about the request in our
 * words, and anything else as a 500 that says nothing and is logged.
 */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refuse(error, request, reply)
  const status = answerStatus(error, refusal)
  if (status === 401) reply.header('www-authenticate', isOAuth(request) ? 'Basic realm="routemeter"' : 'Bearer')
  const body = isOAuth(request) ? oauthErrorBody(refusal, status) : errorBody(refusal, request.id, status)
  // Bytes pass by the operation's response schemas, which describe its successes, and get no charset.
  return reply
    .code(status)
    .type('application/json')
    .send(Buffer.from(JSON.stringify(body)))
}

/** The refusal that whatever was thrown comes to, noted for the log, with the answer's Retry-After. */
export function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): Refusal {
  const refusal = asRefusal(error, request)
  noteRefusal(request, refusal)
  if (refusal.code === 'internal.server.error') request.log.error({ err: error }, 'the request failed')
  if (error instanceof StoreUnavailable) request.log.warn({ err: error }, 'the store is unavailable')
  const retryAfter = refusal.retryAfter ?? (COME_BACK.has(answerStatus(error, refusal)) ? 1 : undefined)
  if (retryAfter !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(retryAfter)))
  // Set by fastify for a body that it did not read to its end. Node reads the rest and throws it away, so that the next
  // request starts where it should; closing on a caller that is still sending would take the answer away from it.
  reply.removeHeader('connection')
  return refusal
}

function answerStatus(error: unknown, refusal: Refusal): number {
  return error instanceof AnswerTookTooLong ? GATEWAY_TIMEOUT : statusOf(refusal.code)
}

/** /oauth/* speaks OAuth's own form of errors, unknown paths under it included. */
function isOAuth(request: FastifyRequest): boolean {
  return /^\/oauth(?:[/?]|$)/.test(request.url)
}

function asRefusal(error: unknown, request: FastifyRequest): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof StoreUnavailable) {
    return new Refusal(
      'service.unavailable',
      'Usage cannot be read or counted at this moment. Try again later.',
      {},
      { retryAfter: STORE_RETRY_SECONDS, cause: error },
    )
  }
  if (error instanceof AnswerTookTooLong) {
    return new Refusal('request.timeout', 'The answer took too long.', {}, { cause: error })
  }
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown }
  const explain = typeof code === 'string' ? FRAMEWORK_REFUSALS[code] : undefined
  if (explain !== undefined) return explain(request)
  // Streams that break while a body is read come with a client's status and a text that is not ours.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new Refusal('bad.request', 'The request’s body cannot be read.')
  }
  return internalError(error)
}

/** Fastify's and Node's own errors that a caller can cause. */
const FRAMEWORK_REFUSALS: Readonly<Record<string, (request: FastifyRequest) => Refusal>> = {
  FST_ERR_NOT_FOUND: () => notFound(),
  FST_ERR_BAD_URL: () => new Refusal('bad.request', 'The path has a % that does not start a UTF-8 character’s code.'),
  FST_ERR_MAX_PARAM_LENGTH: () => notFound(),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: (request) => unsupportedMediaType(request.headers['content-type']),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new Refusal('bad.request', 'The body is not as long as the Content-Length header says.'),
  FST_ERR_CTP_BODY_TOO_LARGE: (request) => tooLarge(request.routeOptions.bodyLimit),
  ECONNRESET: () => new Refusal('bad.request', 'The connection ended before the body did.'),
}

export function notFound(): Refusal {
  return new Refusal('not.found', 'The requested resource was not found.')
}

export function tooLarge(maxBytes: number): Refusal {
  return new Refusal('request.entity.too.large', 'The body is longer than the allowed {maxBytes} bytes.', {
    maxBytes: String(maxBytes),
  })
}

/** @param contentType the header as it came. */
export function unsupportedMediaType(contentType: string | undefined, allowed = 'application/json'): Refusal {
  return contentType === undefined
    ? new Refusal('unsupported.media.type', 'The body comes without a Content-Type. Allowed: {allowed}.', { allowed })
    : new Refusal('unsupported.media.type', 'The Content-Type [{contentType}] is not supported. Allowed: {allowed}.', {
        contentType: contentType.slice(0, 100),
        allowed,
      })
}
