import { createHash } from 'node:crypto'
import { UNMATCHED } from '../../domain/catalogue.ts'
import { EventReject, rejectField } from '../../domain/event-reject.ts'
import { LONGEST_DURATION_MS, LONGEST_ID, USUAL_METHODS } from '../../domain/event-validation.ts'
import { isLongerThan } from '../../domain/text-length.ts'
import { normalizePath } from '../../templates/path.ts'
import type { SourceEvent } from './event-fields.ts'

/** A call as a format found it: texts decoded, numbers in the units of an event, NaN where there is none. */
export interface FoundCall {
  readonly id: string | undefined
  /** Milliseconds since 1970 at which it arrived; a fraction is cut off. */
  readonly time: number
  readonly organizationId?: string | undefined
  readonly clientId: string | undefined
  readonly clientName?: string | undefined
  readonly userId: string | undefined
  readonly method: string | undefined
  /** As the caller sent it, a query and an authority included. */
  readonly path: string | undefined
  readonly templateUri?: string | undefined
  readonly status: number
  readonly platform?: string | undefined
  readonly durationMs: number
  readonly requestBytes: number
  readonly responseBytes: number
}

/** Longest text of a log that is kept; more is cut off (sources.md, "Decided"). */
const LONGEST_TEXT = 256
/** How Caddy and Envoy, and HAProxy, say that no response was sent; nginx's word for it. */
const NOT_ANSWERED: ReadonlySet<number> = new Set([0, -1])
const CLIENT_CLOSED_REQUEST = 499
const LONGEST_METHOD = 64
/** RFC 9110 §5.6.2. */
const HTTP_TOKEN = /^[\w!#$%&'*+.^`|~-]+$/

/**
 * The event of a call that was found in a log (sources.md, "Decided"): it counts when it has a time, a method and a
 * status; what else is missing or makes no sense is left out, and a path that is missing is `(unmatched)`.
 */
export function sourceEvent(call: FoundCall): SourceEvent | EventReject {
  const { time } = call
  if (!(time >= 0)) return rejectField('time', undefined, 'a time that can be read', 'invalid.date')
  const method = methodOf(call.method)
  if (method instanceof EventReject) return method
  const status = NOT_ANSWERED.has(call.status) ? CLIENT_CLOSED_REQUEST : call.status
  if (!(Number.isInteger(status) && status >= 100 && status <= 599))
    return rejectField('status', told(status), 'a whole number from 100 to 599')
  const templateUri = call.templateUri
  const path = templateUri === undefined ? pathOf(method, call.path) : undefined
  return {
    id: idOf(call.id),
    time: Math.floor(time),
    organizationId: call.organizationId,
    clientId: shortened(call.clientId),
    clientName: shortened(call.clientName),
    userId: shortened(call.userId),
    method,
    path,
    templateUri: path === undefined ? (templateUri ?? UNMATCHED) : undefined,
    status,
    platform: shortened(call.platform),
    durationMs: call.durationMs >= 0 && call.durationMs <= LONGEST_DURATION_MS ? call.durationMs : undefined,
    requestBytes: bytesOf(call.requestBytes),
    responseBytes: bytesOf(call.responseBytes),
  }
}

function methodOf(method: string | undefined): string | EventReject {
  if (method !== undefined) {
    if (USUAL_METHODS.has(method)) return method
    if (method.length <= LONGEST_METHOD && HTTP_TOKEN.test(method)) return method.toUpperCase()
  }
  return rejectField('method', method, `an HTTP method such as "GET", of at most ${LONGEST_METHOD} characters`)
}

/** CONNECT names an authority and `*` the server, neither a path (RFC 9112 §3.2). */
function pathOf(method: string, path: string | undefined): string | undefined {
  if (path === undefined || path === '' || path === '*' || method === 'CONNECT') return undefined
  return normalizePath(path)
}

/** An id that is too long is hashed: what identifies a call must not be cut. */
function idOf(id: string | undefined): string | undefined {
  if (id === undefined || !isLongerThan(id, LONGEST_ID)) return id
  return `sha256:${createHash('sha256').update(id).digest('hex')}`
}

function shortened(text: string | undefined): string | undefined {
  if (text === undefined || !isLongerThan(text, LONGEST_TEXT)) return text
  return [...text.slice(0, 2 * LONGEST_TEXT)].slice(0, LONGEST_TEXT).join('')
}

function bytesOf(bytes: number): number | undefined {
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined
}

function told(number: number): number | undefined {
  return Number.isNaN(number) ? undefined : number
}
