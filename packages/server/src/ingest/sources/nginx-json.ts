import type { Format } from './format.ts'
import { type JsonFields, jsonFieldsReader } from './json-fields.ts'

/** The variables of nginx under their own names, and under the short ones of examples/gateways/nginx.conf. */
const FIELDS: JsonFields = {
  id: ['id', 'request_id'],
  // $msec and all others are when the line was written: the end of the call.
  endTime: ['ts', 'msec', 'time_iso8601', 'time_local', 'time', 'timestamp', '@timestamp'],
  clientId: ['client', 'client_id', 'http_x_client_id'],
  userId: ['user', 'remote_user'],
  method: ['m', 'request_method', 'method'],
  // $uri is decoded and rewritten: what the caller sent goes before it.
  path: ['request_uri', 'path'],
  requestLine: ['request'],
  status: ['st', 'status'],
  durations: [
    ['rt', 1000],
    ['request_time', 1000],
  ],
  durationUnit: 1000,
  requestBytes: ['in', 'request_length'],
  responseBytes: ['out', 'bytes_sent', 'body_bytes_sent'],
  refine: (found, record) =>
    found.path === undefined && typeof record.uri === 'string' ? { ...found, path: record.uri } : found,
}

const VARIABLES = [
  'request_time',
  'request_uri',
  'msec',
  'body_bytes_sent',
  'request_length',
  'remote_addr',
  'time_local',
]

/** nginx with a JSON `log_format`: its variables' names, or those of our own example; a time in any of its variables. */
export const nginxJson: Format = {
  name: 'nginx-json',
  json: {
    reader: (options) => jsonFieldsReader(FIELDS, options),
    recognizes: (record) =>
      VARIABLES.filter((name) => name in record).length >= 2 || ('ts' in record && 'st' in record && 'uri' in record),
  },
}
