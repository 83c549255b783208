import { EventReject } from '../../domain/event-reject.ts'
import type { Format, JsonObject, ReadCall } from './format.ts'
import { type JsonFields, jsonFieldsReader, numberIn, textIn } from './json-fields.ts'
import { recordsOf } from './json-records.ts'
import type { FoundCall } from './source-event.ts'

/** How its reports write a missing value. */
const NOT_SET = '(not set)'

const FIELDS: JsonFields = {
  id: ['gateway_flow_id'],
  time: ['client_received_start_timestamp'],
  method: ['request_verb'],
  path: ['request_path', 'request_uri'],
  status: ['response_status_code'],
  durationUnit: 1,
  requestBytes: ['request_size'],
  responseBytes: ['response_size'],
  refine,
}

/** Apigee's analytics records: alone, in lines, or together as `{"records": [...]}`. */
export const apigee: Format = {
  name: 'apigee',
  json: {
    reader(options) {
      const read = jsonFieldsReader(FIELDS, options)
      return (record) => (Array.isArray(record.records) ? readAll(record.records, read) : read(record))
    },
    recognizes: (record) => record.recordType === 'APIAnalytics' || 'client_received_start_timestamp' in record,
  },
}

function readAll(records: readonly unknown[], read: (record: JsonObject) => ReadCall): readonly ReadCall[] {
  return recordsOf(records).map((record) => (record instanceof EventReject ? record : read(record)))
}

function refine(found: FoundCall, record: JsonObject): FoundCall {
  const [client, app] = [textIn(record, ['client_id']), textIn(record, ['developer_app'])]
  const basePath = textIn(record, ['proxy_basepath'])
  const path = basePath === undefined ? found.path : `${basePath}/${textIn(record, ['proxy_pathsuffix']) ?? ''}`
  const end = numberIn(record, ['client_sent_end_timestamp', 'client_received_end_timestamp'])
  return { ...found, clientId: [client, app].find(isSet), path, durationMs: end - found.time }
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== NOT_SET
}
