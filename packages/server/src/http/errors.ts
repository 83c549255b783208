import { type ExceededLimit, type FieldFault, Refusal, type RefusalCode } from '../domain/refusal.ts'

/** What every failed call answers, in this order of keys (wire.md §4). */
export interface ErrorBody {
  readonly message: string
  readonly code: RefusalCode
  readonly status: number
  /** The message before its parameters, named in braces, were filled in. */
  readonly messageWithParams: string
  readonly messageParams: Readonly<Record<string, string>>
  /** The answer's ININ-Correlation-Id. */
  readonly contextId: string
  /** The fields at fault, where they are known. */
  readonly details: readonly FieldFault[]
  /** Errors of parts of a request; no operation has such parts, but sending events adds its receipt's (api.md §3). */
  readonly errors: readonly never[]
  /** Which rate limit was exceeded. */
  readonly limit?: ExceededLimit
}

/** What /oauth/* answers instead; clients differ in which of the two texts they read (wire.md §5). */
export interface OAuthErrorBody {
  readonly error: string
  readonly error_description: string
  readonly description: string
}

const STATUS: Readonly<Record<RefusalCode, number>> = {
  'bad.request': 400,
  'invalid.date': 400,
  'invalid.value': 400,
  'invalid.query.param.value': 400,
  'constraint.validation': 400,
  'authentication.required': 401,
  'bad.credentials': 401,
  'missing.any.permissions': 403,
  'not.authorized': 403,
  'not.found': 404,
  'method.not.allowed': 405,
  'not.acceptable': 406,
  'request.timeout': 408,
  conflict: 409,
  'request.entity.too.large': 413,
  'unsupported.media.type': 415,
  'too.many.requests': 429,
  'internal.server.error': 500,
  'service.unavailable': 503,
}

/** OAuth's own words (RFC 6749 §5.2 and §4.1.2.1) by status; any other client error is an invalid request. */
const OAUTH_ERROR: Readonly<Record<number, string>> = {
  401: 'invalid_client',
  403: 'access_denied',
  429: 'temporarily_unavailable',
  500: 'server_error',
  503: 'temporarily_unavailable',
  504: 'temporarily_unavailable',
}

export function statusOf(code: RefusalCode): number {
  return STATUS[code]
}

/**
 * @param contextId the request's correlation id (`request.id`).
 * @param status only where HTTP has a finer one than the code stands for, such as 431.
 */
export function errorBody(refusal: Refusal, contextId: string, status = statusOf(refusal.code)): ErrorBody {
  return {
    message: refusal.message,
    code: refusal.code,
    status,
    messageWithParams: refusal.template,
    messageParams: refusal.params,
    contextId,
    details: refusal.details,
    errors: [],
    ...(refusal.limit === undefined ? {} : { limit: refusal.limit }),
  }
}

export function oauthErrorBody(refusal: Refusal, status = statusOf(refusal.code)): OAuthErrorBody {
  return {
    error: OAUTH_ERROR[status] ?? 'invalid_request',
    error_description: refusal.message,
    description: refusal.message,
  }
}

/** What a caller learns of a bug of ours: nothing but the id to ask about. */
export function internalError(cause: unknown): Refusal {
  return new Refusal(
    'internal.server.error',
    'The request could not be done. The server has logged why.',
    {},
    { cause },
  )
}

/** Told of an execution that failed, in an answer that did not. */
export function queryFailed(): Refusal {
  return new Refusal('internal.server.error', 'The query failed. The server has logged why; it can be submitted again.')
}
