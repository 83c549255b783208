import { EVENT_FIELDS } from './event-fields.ts'
import type { Format } from './format.ts'
import { jsonField } from './json-field.ts'
import { type JsonFields, jsonFieldsReader } from './json-fields.ts'

const ownName: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  EVENT_FIELDS.map((field) => [field, [field]]),
)

/** What is under an event field's own name is that field, unless a field map says where it is. */
export const OWN_NAMES: JsonFields = {
  ...ownName,
  requestLine: ['request'],
  durations: [['durationMs', 1]],
  durationUnit: 1,
  header: (record, name) => jsonField(record, `headers.${name}`) ?? jsonField(record, `request.headers.${name}`),
}

/** Any other JSON: a field map says where an event's fields are; times and numbers are read however they are written. */
export const genericJson: Format = {
  name: 'json',
  json: {
    reader: (options) => jsonFieldsReader(OWN_NAMES, options),
    recognizes: (record) => 'time' in record && 'method' in record && 'status' in record,
  },
}
