import { DIMENSIONS } from './catalogue.ts'
import { described, EventReject, type RejectCode, rejectField } from './event-reject.ts'
import { isLongerThan } from './text-length.ts'
import { parseTimestamp } from './timestamp.ts'

/** How far a sender's clock may be ahead (api.md §3). */
const MOST_AHEAD_MS = 5 * 60_000
export const LONGEST_ID = 128
const LONGEST_METHOD = DIMENSIONS.httpMethod.longest
export const LONGEST_DURATION_MS = 30 * 24 * 60 * 60_000
const MICROS_PER_MS = 1000

export const ORGANIZATION_ID = /^[\w.-]{1,64}$/
/** RFC 9110 §5.6.2. */
const HTTP_TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
/** The calls that nearly all events are about; they need no look at each character. */
export const USUAL_METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])

/** An event as its sender tells it: valid by itself, but with its organization unchecked and its path unresolved. */
export interface SentEvent {
  readonly id: string | undefined
  /** Whole milliseconds since 1970. */
  readonly time: number
  /** Undefined for the sender's own. */
  readonly organizationId: string | undefined
  readonly clientId: string
  readonly clientName: string
  readonly userId: string
  /** Upper case. */
  readonly httpMethod: string
  /** The raw path; "" when there is none. A template goes before it. */
  readonly path: string
  /** As it came; "" when there is none. */
  readonly templateUri: string
  readonly platform: string
  readonly status: number
  /** Whole microseconds. */
  readonly durationMicros: number | undefined
  readonly requestBytes: number | undefined
  readonly responseBytes: number | undefined
}

/** Which times are taken. */
export interface TimeLimits {
  /** Milliseconds since 1970. */
  readonly now: number
  /** The oldest instant that retention still keeps; 0 keeps all. */
  readonly oldest: number
}

/**
 * Reads one event of api.md §3 out of parsed JSON, after the table there and decisions.md 3. null is a missing field, a
 * field that is not in the table is passed over, half a surrogate pair becomes U+FFFD; other characters, control
 * characters included, are kept. Every event passes here, so it is written out field by field.
 * @returns a reject for the first field that is not as it must be.
 */
export function readEvent(value: unknown, limits: TimeLimits): SentEvent | EventReject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new EventReject('bad.request', () => `An event must be a JSON object, not ${described(value)}.`)
  }
  const fields = new FieldReader(value as Readonly<Record<string, unknown>>)
  const event: SentEvent = {
    id: fields.id(),
    time: fields.time(limits),
    organizationId: fields.organizationId(),
    clientId: fields.text('clientId'),
    clientName: fields.text('clientName'),
    userId: fields.text('userId'),
    httpMethod: fields.method(),
    templateUri: fields.route('templateUri'),
    path: fields.route('path'),
    platform: fields.text('platform'),
    status: fields.status(),
    durationMicros: fields.duration(),
    requestBytes: fields.bytes('requestBytes'),
    responseBytes: fields.bytes('responseBytes'),
  }
  if (event.templateUri === '' && event.path === '') fields.reject('path', undefined, 'given, or templateUri instead')
  return fields.problem ?? event
}

/** False for NaN, and for what is older than what is kept or too far ahead. */
export function isTimeTaken(time: number, { now, oldest }: TimeLimits): boolean {
  return time >= Math.max(0, oldest) && time <= now + MOST_AHEAD_MS
}

/** The template of an event as it is kept. */
export function checkTemplateUri(templateUri: string): EventReject | undefined {
  const { longest } = DIMENSIONS.templateUri
  return isLongerThan(templateUri, longest)
    ? rejectField('templateUri', templateUri, `a text of at most ${longest} characters`)
    : undefined
}

/** The fields of one event. What a method returns for a field that is not as it must be is not to be used. */
class FieldReader {
  /** The first field that is not as it must be. */
  problem: EventReject | undefined = undefined
  readonly #sent: Readonly<Record<string, unknown>>

  constructor(sent: Readonly<Record<string, unknown>>) {
    this.#sent = sent
  }

  id(): string | undefined {
    const value = this.#sent.id
    if (isMissing(value)) return undefined
    if (typeof value === 'string' && value !== '' && !isLongerThan(value, LONGEST_ID)) return wellFormed(value)
    return this.reject('id', value, `a text of 1 to ${LONGEST_ID} characters`)
  }

  time(limits: TimeLimits): number {
    const value = this.#sent.time
    const time = typeof value === 'string' ? parseTimestamp(value) : wholeMilliseconds(value)
    if (time !== undefined && isTimeTaken(time, limits)) return time
    this.reject('time', value, allowedTime(time, limits), 'invalid.date')
    return Number.NaN
  }

  organizationId(): string | undefined {
    const value = this.#sent.organizationId
    if (isMissing(value)) return undefined
    if (typeof value === 'string' && ORGANIZATION_ID.test(value)) return value
    return this.reject('organizationId', value, '1 to 64 of the characters A-Z, a-z, 0-9, ".", "_" and "-"')
  }

  text(field: 'clientId' | 'clientName' | 'userId' | 'platform'): string {
    const value = this.#sent[field]
    if (isMissing(value)) return ''
    const { longest } = DIMENSIONS[field]
    if (typeof value === 'string' && !isLongerThan(value, longest)) return wellFormed(value)
    this.reject(field, value, `a text of at most ${longest} characters`)
    return ''
  }

  method(): string {
    const value = this.#sent.method
    if (typeof value === 'string') {
      if (USUAL_METHODS.has(value)) return value
      if (value.length <= LONGEST_METHOD && HTTP_TOKEN.test(value)) return value.toUpperCase()
    }
    this.reject('method', value, `an HTTP method such as "GET", of at most ${LONGEST_METHOD} characters`)
    return ''
  }

  route(field: 'path' | 'templateUri'): string {
    const value = this.#sent[field]
    if (isMissing(value)) return ''
    if (typeof value === 'string') return wellFormed(value)
    this.reject(field, value, 'a text')
    return ''
  }

  status(): number {
    const value = this.#sent.status
    if (typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599) return value
    this.reject('status', value, 'a whole number from 100 to 599')
    return 0
  }

  duration(): number | undefined {
    const value = this.#sent.durationMs
    if (isMissing(value)) return undefined
    if (typeof value === 'number' && value >= 0 && value <= LONGEST_DURATION_MS)
      return Math.round(value * MICROS_PER_MS)
    return this.reject('durationMs', value, `a number of milliseconds from 0 to ${LONGEST_DURATION_MS} (30 days)`)
  }

  bytes(field: 'requestBytes' | 'responseBytes'): number | undefined {
    const value = this.#sent[field]
    if (isMissing(value)) return undefined
    // JSON has a negative zero.
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return Math.abs(value)
    return this.reject(field, value, `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`)
  }

  /** Takes down a field that is not as it must be, unless an earlier one was not. */
  reject(field: string, value: unknown, allowed: string, code?: RejectCode): undefined {
    this.problem ??= rejectField(field, value, allowed, code)
  }
}

function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

function wholeMilliseconds(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? Math.floor(value) : undefined
}

function allowedTime(time: number | undefined, { now, oldest }: TimeLimits): string {
  if (time === undefined) {
    return 'an RFC 3339 timestamp such as "2026-11-23T10:00:00.123Z" or milliseconds since 1970'
  }
  if (time > now) return `at most 5 minutes after the server’s time, which is ${new Date(now).toISOString()}`
  return time < 0 ? '1970 or later' : `${new Date(oldest).toISOString()} or later: what is older is not kept`
}

/** What cannot be written in UTF-8 cannot be stored either. */
function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed()
}
