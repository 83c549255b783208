import type { EventReject } from '../../../domain/event-reject.ts'
import type { SourceEvent } from '../event-fields.ts'
import type { FormatOptions } from '../format.ts'
import { jsonField } from '../json-field.ts'
import { numberOf, textOf } from '../log-value.ts'
import { mappedFields } from '../mapped-fields.ts'
import { type FoundCall, sourceEvent } from '../source-event.ts'
import type { Attributes, OtlpSpan } from './otlp-span.ts'

/** Names of attributes, of which the first that is there counts: the current conventions before the legacy ones. */
const METHOD = ['http.request.method', 'http.method']
const STATUS = ['http.response.status_code', 'http.status_code']
const PATH = ['url.path', 'http.target', 'url.full', 'http.url']
const REQUEST_BYTES = ['http.request.body.size', 'http.request_content_length']
const RESPONSE_BYTES = ['http.response.body.size', 'http.response_content_length']
const USER = ['user.id', 'enduser.id']
/** No convention has the client; this is the header that people have their instrumentation note down. */
const CLIENT = ['http.request.header.x-client-id', 'http.request.header.x_client_id']

const NANOS_PER_MS = 1_000_000n
const NANOS_PER_MICRO = 1000
const MICROS_PER_MS = 1000
/** What instrumentations call a method that they do not know. */
const OTHER_METHOD = '_OTHER'
/** What instrumentations of Express 4 had for a call that met no route. */
const NO_ROUTE = '/'

/** Reads the call of a span, after the field map, whose names are those of attributes. */
export function spanReader({ map, timeZone }: FormatOptions): (span: OtlpSpan) => SourceEvent | EventReject {
  const mapped = mappedFields<OtlpSpan>(map, timeZone, {
    valueOf: ({ attributes }, name) => jsonField(attributes, name),
    durationUnit: 1,
    timeIsEnd: false,
  })
  return (span) => {
    const found = foundIn(span)
    return sourceEvent(mapped === undefined ? found : mapped(found, span))
  }
}

function foundIn({ traceId, spanId, start, end, attributes }: OtlpSpan): FoundCall {
  const path = text(attributes, PATH)
  const isTimed = start !== undefined && end !== undefined && end >= start
  return {
    id: traceId === undefined || spanId === undefined ? undefined : `${traceId}-${spanId}`,
    // Zero is what a field has that was not set.
    time: start === undefined || start === 0n ? Number.NaN : Number(start / NANOS_PER_MS),
    clientId: text(attributes, CLIENT),
    userId: text(attributes, USER),
    method: methodOf(attributes),
    path,
    templateUri: routeOf(attributes, path),
    status: numberOf(first(attributes, STATUS)),
    durationMs: isTimed ? Math.round(Number(end - start) / NANOS_PER_MICRO) / MICROS_PER_MS : Number.NaN,
    requestBytes: numberOf(first(attributes, REQUEST_BYTES)),
    responseBytes: numberOf(first(attributes, RESPONSE_BYTES)),
  }
}

function methodOf(attributes: Attributes): string | undefined {
  const method = text(attributes, METHOD)
  return method === OTHER_METHOD ? (text(attributes, ['http.request.method_original']) ?? method) : method
}

function routeOf(attributes: Attributes, path: string | undefined): string | undefined {
  const route = text(attributes, ['http.route'])
  return route === NO_ROUTE && path !== undefined ? undefined : route
}

function text(attributes: Attributes, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = textOf(attributes[name])
    if (value !== undefined) return value
  }
  return undefined
}

function first(attributes: Attributes, names: readonly string[]): unknown {
  return names.map((name) => attributes[name]).find((value) => value !== undefined)
}
