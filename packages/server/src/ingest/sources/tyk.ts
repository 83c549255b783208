import type { Format } from './format.ts'
import { type JsonFields, jsonFieldsReader } from './json-fields.ts'

const FIELDS: JsonFields = {
  // A record is made when the call is over.
  endTime: ['timestamp', 'timestamp.$date'],
  // The key itself is a credential, and never kept; its alias is what people call it.
  clientId: ['oauth_id', 'alias'],
  clientName: ['alias'],
  userId: [],
  method: ['method'],
  path: ['raw_path', 'path'],
  status: ['response_code'],
  durations: [
    ['request_time', 1],
    ['latency.total', 1],
  ],
  durationUnit: 1,
  requestBytes: ['content_length'],
  // Only an endpoint that is tracked has its own pattern for a path.
  refine: (found, { track_path: isTracked, path }) =>
    isTracked === true && typeof path === 'string' && path.includes('{') ? { ...found, templateUri: path } : found,
}

/** Tyk's analytics records, as a pump writes them. */
export const tyk: Format = {
  name: 'tyk',
  json: {
    reader: (options) => jsonFieldsReader(FIELDS, options),
    recognizes: (record) => 'response_code' in record && 'api_id' in record && 'org_id' in record,
  },
}
