import type { Format } from './format.ts'
import { type JsonFields, jsonFieldsReader } from './json-fields.ts'
import type { FoundCall } from './source-event.ts'

const MICROSECOND = 0.001

/** The names of examples/gateways/apache.conf, and others that people use. */
const FIELDS: JsonFields = {
  id: ['id', 'unique_id', 'request_id'],
  time: ['time', 'ts', 'timestamp', '@timestamp', 'time_local', 't'],
  clientId: ['client', 'client_id', 'clientId', 'x_client_id', 'http_x_client_id'],
  userId: ['user', 'remote_user', 'userId', 'u'],
  method: ['method', 'm', 'request_method', 'verb'],
  requestLine: ['request', 'r'],
  status: ['status', 'st', 'code', 's'],
  durations: [
    ['us', MICROSECOND],
    ['duration_us', MICROSECOND],
    ['durationUs', MICROSECOND],
    ['D', MICROSECOND],
    ['duration_ms', 1],
    ['durationMs', 1],
    ['ms', 1],
    ['duration', MICROSECOND],
  ],
  durationUnit: MICROSECOND,
  requestBytes: ['in', 'bytes_in', 'request_bytes', 'requestBytes', 'I'],
  responseBytes: ['out', 'bytes_out', 'response_bytes', 'responseBytes', 'bytes', 'size', 'O', 'B', 'b'],
  refine: withDecodedPath,
}

/** Apache with a JSON `LogFormat`. Where a text has other characters than ASCII it is no JSON any more: it is read all the same. */
export const apacheJson: Format = {
  name: 'apache-json',
  json: {
    reader: (options) => jsonFieldsReader(FIELDS, options),
    recognizes: (record) =>
      ['us', 'duration_us', 'D', 'unique_id'].some((name) => name in record) &&
      'status' in record &&
      !('uri' in record && 'rt' in record),
  },
}

/**
 * `%U` comes decoded (sources.md, "Seen in real logs"): a `?` in it was `%3F` and begins no query, so what would mean
 * something in a path is escaped again.
 */
function withDecodedPath(found: FoundCall, record: Readonly<Record<string, unknown>>): FoundCall {
  const decoded = [record.path, record.uri, record.U].find(
    (value) => typeof value === 'string' && value !== '-' && value !== '',
  )
  return typeof decoded === 'string' ? { ...found, path: escapedAgain(decoded) } : found
}

function escapedAgain(path: string): string {
  return path.replace(/%(?![0-9A-Fa-f]{2})|[?#]/g, (character) => encodeURIComponent(character))
}
