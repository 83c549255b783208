import { EventReject } from '../../domain/event-reject.ts'
import { unwrap } from './cloudevents.ts'
import { EVENT_FIELDS, type FieldMap, type SourceEvent } from './event-fields.ts'
import type { Format, JsonObject, ReadCall } from './format.ts'
import { jsonField } from './json-field.ts'
import { isJwtClaim, jwtClaim } from './jwt-claim.ts'

/** Events of api.md §3 as they are; a field map takes some of their fields from others. */
export const native: Format = {
  name: 'native',
  json: {
    reader:
      ({ map }) =>
      (record) =>
        asCall(withMapped(record, record, map)),
    recognizes: (record) =>
      'time' in record &&
      'method' in record &&
      'status' in record &&
      ('path' in record || 'templateUri' in record) &&
      Object.keys(record).every((name) => EVENT_FIELDS.some((field) => field === name)),
  },
}

/** CloudEvents in structured mode, one a line or several in a list; a field map names fields of the envelope. */
export const cloudEvents: Format = {
  name: 'cloudevents',
  json: {
    reader:
      ({ map }) =>
      (record) => {
        const event = unwrap(record)
        return event instanceof EventReject ? event : asCall(withMapped({ ...(event as JsonObject) }, record, map))
      },
    recognizes: (record) => 'specversion' in record && 'data' in record,
  },
}

/** What is in it is looked at where it is counted, like everything that comes to POST /v1/events. */
function asCall(fields: JsonObject): ReadCall {
  return fields as JsonObject & SourceEvent
}

function withMapped(event: JsonObject, record: JsonObject, map: FieldMap): JsonObject {
  const mapped = Object.entries(map).map(([field, name]) => [
    field,
    isJwtClaim(name)
      ? jwtClaim(name, Number(event.status), (header) => jsonField(record, header))
      : jsonField(record, name),
  ])
  return mapped.length === 0 ? event : { ...event, ...Object.fromEntries(mapped) }
}
