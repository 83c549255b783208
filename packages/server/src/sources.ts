/**
 * The formats of logs, for programs that read lines themselves (`routemeter ingest`): no engine and no server is loaded
 * with them.
 */

export { EventReject } from './domain/event-reject.ts'
export { type CallFormat as LineFormat, callFormat as lineFormat } from './ingest/call-format.ts'
export { FORMAT_NAMES, recognizeFormat } from './ingest/line-format.ts'
export { EVENT_FIELDS, type FieldMap, type SourceEvent } from './ingest/sources/event-fields.ts'
export { parseFieldMap } from './ingest/sources/field-map.ts'
export type { FormatOptions } from './ingest/sources/format.ts'
export { redactLine } from './ingest/sources/redact-line.ts'
