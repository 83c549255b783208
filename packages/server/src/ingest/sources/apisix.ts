import type { Format } from './format.ts'
import { jsonField } from './json-field.ts'
import { type JsonFields, jsonFieldsReader } from './json-fields.ts'

/** The fields of its own log, and nginx's variables, which a custom `log_format` names and writes as texts. */
const FIELDS: JsonFields = {
  id: ['request.headers.x-request-id', 'response.headers.x-request-id', 'request_id'],
  time: ['start_time'],
  endTime: ['msec', '@timestamp', 'time_iso8601', 'time_local', 'timestamp', 'time'],
  clientId: ['consumer.username', 'consumer_name'],
  userId: ['remote_user'],
  method: ['request.method', 'request_method', 'method'],
  path: ['request.uri', 'request_uri', 'uri'],
  requestLine: ['request'],
  status: ['response.status', 'status'],
  durations: [
    ['latency', 1],
    ['request_time', 1000],
  ],
  durationUnit: 1,
  requestBytes: ['request.size', 'request_length'],
  responseBytes: ['response.size', 'bytes_sent', 'body_bytes_sent'],
  header: (record, name) => jsonField(record, `request.headers.${name}`),
}

/** APISIX's http-logger and file-logger: a list, or an object. */
export const apisix: Format = {
  name: 'apisix',
  json: {
    reader: (options) => jsonFieldsReader(FIELDS, options),
    recognizes: (record) => 'apisix_latency' in record || ('route_id' in record && 'service_id' in record),
  },
}
