import type { Format } from './format.ts'
import { jsonField } from './json-field.ts'
import { type JsonFields, jsonFieldsReader } from './json-fields.ts'

const FIELDS: JsonFields = {
  id: ['request.headers.X-Request-Id', 'resp_headers.X-Request-Id'],
  // A line is written when the call is over.
  endTime: ['ts'],
  clientId: ['request.headers.X-Client-Id'],
  userId: ['user_id'],
  method: ['request.method'],
  path: ['request.uri'],
  status: ['status'],
  durations: [['duration', 1000]],
  durationUnit: 1000,
  requestBytes: ['bytes_read'],
  responseBytes: ['size'],
  header: (record, name) => jsonField(record, `request.headers.${name}`),
}

/** Caddy's access log. */
export const caddy: Format = {
  name: 'caddy',
  json: {
    reader: (options) => jsonFieldsReader(FIELDS, options),
    recognizes: ({ logger, msg, request }) =>
      request !== undefined && (msg === 'handled request' || String(logger).startsWith('http.log.access')),
  },
}
