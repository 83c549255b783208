import { EVENT_FIELDS, type SourceEvent } from './event-fields.ts'
import type { Format } from './format.ts'
import { jsonField } from './json-field.ts'
import { isJwtClaim, jwtClaim } from './jwt-claim.ts'

/** Events of api.md §3 as they are; a field map takes some of their fields from others. */
export const native: Format = {
  name: 'native',
  json: {
    reader({ map }) {
      const names = Object.entries(map)
      return (record) => {
        const fields = { ...record }
        for (const [field, name] of names) {
          const status = Number(record.status)
          fields[field] = isJwtClaim(name)
            ? jwtClaim(name, status, (header) => jsonField(record, header))
            : jsonField(record, name)
        }
        // What is in it is looked at where it is counted, like everything that comes to POST /v1/events.
        return fields as Readonly<Record<string, unknown>> as SourceEvent & typeof fields
      }
    },
    recognizes: (record) =>
      'time' in record &&
      'method' in record &&
      'status' in record &&
      ('path' in record || 'templateUri' in record) &&
      Object.keys(record).every((name) => EVENT_FIELDS.some((field) => field === name)),
  },
}
