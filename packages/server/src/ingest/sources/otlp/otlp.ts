import { EventReject, rejectField } from '../../../domain/event-reject.ts'
import { Refusal } from '../../../domain/refusal.ts'
import type { Format, JsonObject, ReadCall } from '../format.ts'
import { parseJsonBody } from '../json-text.ts'
import type { Source } from '../source.ts'
import { jsonSpans } from './json-spans.ts'
import { protobufSpans } from './protobuf-spans.ts'
import { spanReader } from './span-call.ts'

/** What a Collector's file exporter writes: an ExportTraceServiceRequest in JSON a line. Only SERVER spans are calls. */
export const otlp: Format = {
  name: 'otlp',
  json: {
    reader(options) {
      const read = spanReader(options)
      return (record) => {
        const { resourceSpans } = record
        if (!Array.isArray(resourceSpans)) return rejectField('resourceSpans', resourceSpans, 'a list')
        return Array.from(jsonSpans(record), (span) => (span instanceof EventReject ? span : read(span)))
      }
    },
    recognizes: (record) => 'resourceSpans' in record,
  },
}

/** The bodies of POST /v1/traces in JSON. */
export const otlpJson: Source = {
  name: 'otlp-json',
  mediaTypes: [],
  *parse(body, reading): Iterable<ReadCall> {
    const read = spanReader(reading)
    const request = requestOf(parseJsonBody(body) ?? {})
    for (const span of jsonSpans(request)) yield span instanceof EventReject ? span : read(span)
  },
}

/** The bodies of POST /v1/traces in protobuf. */
export const otlpProtobuf: Source = {
  name: 'otlp-protobuf',
  mediaTypes: [],
  *parse(body, reading): Iterable<ReadCall> {
    const read = spanReader(reading)
    for (const span of protobufSpans(body)) yield read(span)
  },
}

function requestOf(value: unknown): JsonObject {
  const request = typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  const list = request !== undefined && 'resourceSpans' in request ? request.resourceSpans : []
  if (request !== undefined && Array.isArray(list)) return request
  throw new Refusal('bad.request', 'The body is not an ExportTraceServiceRequest: an object with a list resourceSpans.')
}
