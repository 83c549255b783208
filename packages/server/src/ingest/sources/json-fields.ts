import type { EventField } from './event-fields.ts'
import type { FormatOptions, JsonObject, ReadCall } from './format.ts'
import { jsonField } from './json-field.ts'
import { logTime } from './log-time.ts'
import { durationOf, numberOf, textOf } from './log-value.ts'
import { mappedFields } from './mapped-fields.ts'
import { requestLine } from './request-line.ts'
import { type FoundCall, sourceEvent } from './source-event.ts'

type Names = readonly string[]

/** Where a JSON log has the fields of an event. Of several names the first with a value counts (decisions.md 7). */
export interface JsonFields extends Readonly<Partial<Record<Exclude<EventField, 'durationMs'>, Names>>> {
  /** The end of the call, for records without `time`: the duration is taken off. */
  readonly endTime?: Names
  /** A whole request line, for what `method` and `path` do not say. */
  readonly requestLine?: Names
  /** Each with how many milliseconds its unit has. */
  readonly durations?: readonly (readonly [name: string, unit: number])[]
  /** How many milliseconds the unit of a duration has that a field map names. */
  readonly durationUnit: number
  /** A header of the request by its name in lower case, where that is not simply a field. */
  readonly header?: (record: JsonObject, name: string) => unknown
  /** What a format knows beyond names. */
  readonly refine?: (found: FoundCall, record: JsonObject) => FoundCall
}

/** Reads the records of a JSON log by the names of its fields. */
export function jsonFieldsReader(
  fields: JsonFields,
  { map, timeZone }: FormatOptions,
): (record: JsonObject) => ReadCall {
  const mapped = mappedFields<JsonObject>(map, timeZone, {
    valueOf: (record, name) => namedValue(fields, record, name),
    durationUnit: fields.durationUnit,
    timeIsEnd: fields.time === undefined,
  })
  return (record) => {
    const read = foundIn(fields, record, timeZone)
    const found = fields.refine === undefined ? read : fields.refine(read, record)
    return sourceEvent(mapped === undefined ? found : mapped(found, record))
  }
}

function foundIn(fields: JsonFields, record: JsonObject, timeZone: string): FoundCall {
  const line = requestLine(textIn(record, fields.requestLine) ?? '')
  const durationMs = durationIn(record, fields.durations)
  return {
    id: textIn(record, fields.id),
    time: timeIn(fields, record, timeZone, durationMs),
    organizationId: textIn(record, fields.organizationId),
    clientId: textIn(record, fields.clientId),
    clientName: textIn(record, fields.clientName),
    userId: textIn(record, fields.userId),
    method: textIn(record, fields.method) ?? line.method,
    path: textIn(record, fields.path) ?? line.path,
    templateUri: textIn(record, fields.templateUri),
    status: numberIn(record, fields.status),
    platform: textIn(record, fields.platform),
    durationMs,
    requestBytes: numberIn(record, fields.requestBytes),
    responseBytes: numberIn(record, fields.responseBytes),
  }
}

function timeIn(fields: JsonFields, record: JsonObject, timeZone: string, durationMs: number): number {
  const arrival = valueIn(record, fields.time)
  if (arrival !== undefined) return logTime(arrival, timeZone)
  const end = logTime(valueIn(record, fields.endTime), timeZone)
  return durationMs > 0 ? end - durationMs : end
}

function durationIn(record: JsonObject, durations: JsonFields['durations'] = []): number {
  for (const [name, unit] of durations) {
    const value = jsonField(record, name)
    if (textOf(value) !== undefined) return durationOf(value, unit)
  }
  return Number.NaN
}

/** The first value that is not missing; undefined without one. */
function valueIn(record: JsonObject, names: Names = []): unknown {
  for (const name of names) {
    const value = jsonField(record, name)
    if (textOf(value) !== undefined) return value
  }
  return undefined
}

export function textIn(record: JsonObject, names?: Names): string | undefined {
  return textOf(valueIn(record, names))
}

export function numberIn(record: JsonObject, names?: Names): number {
  return numberOf(valueIn(record, names))
}

/** `http_x_client_id` is a header for everybody who knows nginx. */
function namedValue({ header }: JsonFields, record: JsonObject, name: string): unknown {
  const value = jsonField(record, name)
  if (value !== undefined || header === undefined) return value
  return header(
    record,
    name
      .toLowerCase()
      .replace(/^http_/, '')
      .replaceAll('_', '-'),
  )
}
