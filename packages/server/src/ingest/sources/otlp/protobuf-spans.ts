import { Refusal } from '../../../domain/refusal.ts'
import {
  type Attributes,
  DEEPEST_VALUE,
  noAttributes,
  type OtlpSpan,
  SERVER_KIND,
  SPAN_ID_BYTES,
  TRACE_ID_BYTES,
  validId,
} from './otlp-span.ts'
import { messagesIn, wireFields } from './protobuf-fields.ts'

/**
 * The SERVER spans of an ExportTraceServiceRequest (opentelemetry-proto, trace/v1), read field by field: no part of the
 * body becomes an object that no call is counted by.
 * @throws Refusal bad.request for bytes that are none.
 */
export function* protobufSpans(body: Uint8Array): Iterable<OtlpSpan> {
  try {
    for (const resourceSpans of messagesIn(body, 1)) yield* spansOfResource(resourceSpans)
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal('bad.request', 'The body is not an ExportTraceServiceRequest in protobuf.', {}, { cause: error })
  }
}

/** Before version 0.15 of the protocol scopes were called libraries. */
const SCOPE_SPANS: ReadonlySet<number> = new Set([2, 1000])

function* spansOfResource(resourceSpans: Uint8Array): Iterable<OtlpSpan> {
  const resource = noAttributes()
  for (const message of messagesIn(resourceSpans, 1)) addAttributes(resource, messagesIn(message, 1), 0)
  for (const { number, value } of wireFields(resourceSpans)) {
    if (!SCOPE_SPANS.has(number) || !(value instanceof Uint8Array)) continue
    for (const span of messagesIn(value, 2)) {
      const read = serverSpan(span, resource)
      if (read !== undefined) yield read
    }
  }
}

/** Undefined for a span of another kind. */
function serverSpan(message: Uint8Array, resource: Attributes): OtlpSpan | undefined {
  let kind = 0
  let traceId: string | undefined
  let spanId: string | undefined
  let start: bigint | undefined
  let end: bigint | undefined
  const attributes: Uint8Array[] = []
  for (const { number, value } of wireFields(message)) {
    if (value instanceof Uint8Array) {
      if (number === 1) traceId = idOf(value, TRACE_ID_BYTES)
      else if (number === 2) spanId = idOf(value, SPAN_ID_BYTES)
      else if (number === 9) attributes.push(value)
    } else if (number === 6) kind = Number(value)
    else if (number === 7) start = value
    else if (number === 8) end = value
  }
  if (kind !== SERVER_KIND) return undefined
  const all = Object.assign(noAttributes(), resource)
  addAttributes(all, attributes, 0)
  return { traceId, spanId, start, end, attributes: all }
}

function idOf(bytes: Uint8Array, length: number): string | undefined {
  return bytes.length === length ? validId(Buffer.from(bytes).toString('hex')) : undefined
}

function addAttributes(to: Record<string, unknown>, keyValues: Iterable<Uint8Array>, depth: number): void {
  for (const keyValue of keyValues) {
    let key = ''
    let value: unknown
    for (const field of wireFields(keyValue)) {
      if (!(field.value instanceof Uint8Array)) continue
      if (field.number === 1) key = textOf(field.value)
      else if (field.number === 2) value = anyValueOf(field.value, depth)
    }
    to[key] = value
  }
}

/** The last field of an AnyValue counts, as in every oneof. */
function anyValueOf(anyValue: Uint8Array, depth: number): unknown {
  let read: unknown
  for (const { number, value } of wireFields(anyValue)) {
    if (typeof value === 'bigint') read = numberOf(number, value)
    else if (number === 1) read = textOf(value)
    else if (number === 7) read = Buffer.from(value).toString('base64')
    else if (depth < DEEPEST_VALUE && number === 5) {
      read = Array.from(messagesIn(value, 1), (item) => anyValueOf(item, depth + 1))
    } else if (depth < DEEPEST_VALUE && number === 6) {
      const object = noAttributes()
      addAttributes(object, messagesIn(value, 1), depth + 1)
      read = object
    }
  }
  return read
}

function numberOf(field: number, value: bigint): unknown {
  if (field === 2) return value !== 0n
  if (field === 3) return Number(value)
  return field === 4 ? new Float64Array(BigUint64Array.of(value).buffer)[0] : undefined
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
