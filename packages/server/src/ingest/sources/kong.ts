import type { Format } from './format.ts'
import { jsonField } from './json-field.ts'
import { type JsonFields, jsonFieldsReader } from './json-fields.ts'

const FIELDS: JsonFields = {
  id: ['request.id', 'response.headers.x-kong-request-id'],
  time: ['started_at'],
  clientId: ['consumer.custom_id', 'consumer.id', 'authenticated_entity.id'],
  userId: ['consumer.username', 'request.headers.x-authenticated-userid'],
  method: ['request.method'],
  // A route is a label here, no template (decisions.md 7).
  path: ['request.uri', 'request.url'],
  status: ['response.status'],
  durations: [['latencies.request', 1]],
  durationUnit: 1,
  requestBytes: ['request.size'],
  responseBytes: ['response.size'],
  header: (record, name) => jsonField(record, `request.headers.${name}`),
}

/** Kong's http-log (and file-log, tcp-log, udp-log): an object, or a list where its queue batches. */
export const kong: Format = {
  name: 'kong',
  json: {
    reader: (options) => jsonFieldsReader(FIELDS, options),
    recognizes: (record) => 'latencies' in record && 'started_at' in record && 'request' in record,
  },
}
