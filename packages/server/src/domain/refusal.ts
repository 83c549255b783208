/** Why a request is not done: the codes that callers see (the platform's own list, wire.md §4). */
export type RefusalCode =
  | 'bad.request'
  | 'invalid.date'
  | 'invalid.value'
  | 'invalid.query.param.value'
  | 'constraint.validation'
  | 'authentication.required'
  | 'bad.credentials'
  | 'missing.any.permissions'
  | 'not.authorized'
  | 'not.found'
  | 'method.not.allowed'
  | 'not.acceptable'
  | 'request.timeout'
  | 'conflict'
  | 'request.entity.too.large'
  | 'unsupported.media.type'
  | 'too.many.requests'
  | 'internal.server.error'
  | 'service.unavailable'

export interface ExceededLimit {
  readonly key: string
  readonly namespace: string
  readonly value: number
}

export interface FieldFault {
  readonly errorCode: RefusalCode
  readonly fieldName: string
}

interface RefusalOptions {
  readonly retryAfter?: number
  readonly limit?: ExceededLimit
  readonly details?: readonly FieldFault[]
  readonly cause?: unknown
}

/**
 * An answer meant for the caller. Whatever else is thrown is our bug and leaves as a 500.
 * `template` names its parameters in braces, `{field}`; the message has them filled in. Neither ever carries SQL, a file
 * name, a stack trace or another organization's data.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  readonly template: string
  readonly params: Readonly<Record<string, string>>
  /** Seconds until a retry makes sense; becomes the Retry-After header. */
  readonly retryAfter: number | undefined
  /** Which limit was exceeded, in the platform's shape. */
  readonly limit: ExceededLimit | undefined
  /** Every field that was at fault, where they are known. */
  readonly details: readonly FieldFault[]

  constructor(
    code: RefusalCode,
    template: string,
    params: Readonly<Record<string, string>> = {},
    options: RefusalOptions = {},
  ) {
    super(fillIn(template, params), options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.template = template
    this.params = params
    this.retryAfter = options.retryAfter
    this.limit = options.limit
    this.details = options.details ?? []
  }
}

function fillIn(template: string, params: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (braces, name: string) => params[name] ?? braces)
}

/** How a value that a caller sent is shown in a message: short, on one line, unmistakably quoted. */
export function shown(value: unknown, longest = 100): string {
  const text = typeof value === 'string' ? value : textOf(value)
  // A cut can go through the middle of a character.
  return text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text.toWellFormed()
}

/** JSON, which has no word for what it cannot say: undefined, and numbers too large. */
function textOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
}
