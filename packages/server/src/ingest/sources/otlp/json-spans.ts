import { described, EventReject } from '../../../domain/event-reject.ts'
import type { JsonObject } from '../format.ts'
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

/**
 * The SERVER spans of an ExportTraceServiceRequest in OTLP's JSON, and a reject where something else stands in the place
 * of a span or of a list of them. Numbers of 64 bits may be quoted or bare, enums numbers or names.
 */
export function* jsonSpans(request: JsonObject): Iterable<OtlpSpan | EventReject> {
  for (const resourceSpans of objectsIn(request, 'resourceSpans')) {
    if (resourceSpans instanceof EventReject) yield resourceSpans
    else yield* spansOfResource(resourceSpans)
  }
}

function* spansOfResource(resourceSpans: JsonObject): Iterable<OtlpSpan | EventReject> {
  const resource = noAttributes()
  if (isObject(resourceSpans.resource)) addAttributes(resource, resourceSpans.resource.attributes, 0)
  // Before version 0.15 of the protocol scopes were called libraries.
  for (const name of ['scopeSpans', 'instrumentationLibrarySpans']) {
    for (const scopeSpans of objectsIn(resourceSpans, name)) {
      if (scopeSpans instanceof EventReject) {
        yield scopeSpans
        continue
      }
      for (const span of objectsIn(scopeSpans, 'spans')) {
        const read = span instanceof EventReject ? span : serverSpan(span, resource)
        if (read !== undefined) yield read
      }
    }
  }
}

/** What a list of objects holds; nothing where there is no list. */
function* objectsIn(object: JsonObject, name: string): Iterable<JsonObject | EventReject> {
  const list = object[name] ?? []
  const wrong = (value: unknown, what: string) =>
    new EventReject('bad.request', () => `The field [${name}] has ${described(value)}: it must be ${what}.`)
  if (!Array.isArray(list)) yield wrong(list, 'a list of objects')
  else for (const item of list) yield isObject(item) ? item : wrong(item, 'a list of objects')
}

/** Undefined for a span of another kind. */
function serverSpan(span: JsonObject, resource: Attributes): OtlpSpan | undefined {
  if (span.kind !== SERVER_KIND && span.kind !== String(SERVER_KIND) && span.kind !== 'SPAN_KIND_SERVER')
    return undefined
  const attributes = Object.assign(noAttributes(), resource)
  addAttributes(attributes, span.attributes, 0)
  return {
    traceId: idOf(span.traceId, TRACE_ID_BYTES),
    spanId: idOf(span.spanId, SPAN_ID_BYTES),
    start: nanosOf(span.startTimeUnixNano),
    end: nanosOf(span.endTimeUnixNano),
    attributes,
  }
}

/** OTLP has hexadecimal; what maps protobuf to JSON without knowing OTLP writes base64. */
function idOf(value: unknown, length: number): string | undefined {
  if (typeof value !== 'string') return undefined
  if (value.length === length * 2 && /^[0-9a-f]+$/i.test(value)) return validId(value.toLowerCase())
  const bytes = /^[\w+/-]+={0,2}$/.test(value) ? Buffer.from(value, 'base64') : Buffer.alloc(0)
  return bytes.length === length ? validId(bytes.toString('hex')) : undefined
}

/** A bare number may have been rounded where it was read, by half of what a double tells apart: 128 nanoseconds. */
const ROUNDED_NANOS = 128n
const SAFE = BigInt(Number.MAX_SAFE_INTEGER)

function nanosOf(value: unknown): bigint | undefined {
  if (typeof value === 'string') return /^\d{1,20}$/.test(value) ? BigInt(value) : undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) return undefined
  const nanos = BigInt(value)
  return nanos > SAFE ? nanos + ROUNDED_NANOS : nanos
}

function addAttributes(to: Record<string, unknown>, keyValues: unknown, depth: number): void {
  if (!Array.isArray(keyValues)) return
  for (const keyValue of keyValues) {
    if (isObject(keyValue) && typeof keyValue.key === 'string') to[keyValue.key] = anyValueOf(keyValue.value, depth)
  }
}

function anyValueOf(anyValue: unknown, depth: number): unknown {
  if (!isObject(anyValue)) return undefined
  const { stringValue, intValue, doubleValue, boolValue, bytesValue, arrayValue, kvlistValue } = anyValue
  const plain = stringValue ?? intValue ?? doubleValue ?? boolValue ?? bytesValue
  if (plain !== undefined && plain !== null) return typeof plain === 'object' ? undefined : plain
  if (depth === DEEPEST_VALUE) return undefined
  if (isObject(arrayValue) && Array.isArray(arrayValue.values)) {
    return arrayValue.values.map((value) => anyValueOf(value, depth + 1))
  }
  if (!isObject(kvlistValue)) return undefined
  const object = noAttributes()
  addAttributes(object, kvlistValue.values, depth + 1)
  return object
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
