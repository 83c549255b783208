import { EventReject } from '../../domain/event-reject.ts'
import { type EnvoyLine, envoyLine } from './envoy-line.ts'
import type { FieldMap } from './event-fields.ts'
import type { Format } from './format.ts'
import { type JsonFields, jsonFieldsReader } from './json-fields.ts'
import { rememberingLogTime } from './log-time.ts'
import { numberOf, textOf } from './log-value.ts'
import { mappedFields } from './mapped-fields.ts'
import { requestLine } from './request-line.ts'
import { type FoundCall, sourceEvent } from './source-event.ts'
import { mappedNames, trailingValue, trailingValues } from './trailing-values.ts'

const FIELDS: JsonFields = {
  id: ['request_id', 'x_request_id'],
  time: ['start_time'],
  clientId: ['client_id', 'x_client_id'],
  userId: ['user_id', 'x_user_id'],
  method: ['method'],
  // route_name is a label, no template (decisions.md 7).
  path: ['path', 'x_envoy_original_path'],
  status: ['response_code'],
  durations: [['duration', 1]],
  durationUnit: 1,
  requestBytes: ['bytes_received'],
  responseBytes: ['bytes_sent'],
}

/** Envoy's access log and Istio's: text in either's default format, JSON with the names of Istio's. */
export const envoy: Format = {
  name: 'envoy',
  json: {
    reader: (options) => jsonFieldsReader(FIELDS, options),
    recognizes: (record) => 'response_code' in record && ('response_flags' in record || 'start_time' in record),
  },
  text: {
    reader({ map, timeZone }) {
      const timeOf = rememberingLogTime(timeZone)
      const mapped = mappedFields<EnvoyLine>(map, timeZone, {
        valueOf: envoyVariable(map),
        durationUnit: 1,
        timeIsEnd: false,
      })
      return (line) => {
        const parsed = envoyLine(line)
        if (parsed instanceof EventReject) return parsed
        const found = foundIn(parsed, timeOf)
        return sourceEvent(mapped === undefined ? found : mapped(found, parsed))
      }
    },
    recognizes: (line) => !(envoyLine(line) instanceof EventReject),
  },
}

function foundIn({ fields }: EnvoyLine, timeOf: (text: string) => number): FoundCall {
  const { method, path } = requestLine(fields.request ?? '')
  return {
    id: textOf(fields.request_id),
    time: timeOf(fields.start_time ?? ''),
    clientId: undefined,
    userId: undefined,
    method,
    path,
    status: numberOf(fields.response_code),
    durationMs: numberOf(fields.duration),
    requestBytes: numberOf(fields.bytes_received),
    responseBytes: numberOf(fields.bytes_sent),
  }
}

/** The names that Istio's JSON has, and what stands behind either format. */
function envoyVariable(map: FieldMap): (line: EnvoyLine, name: string) => string | undefined {
  const names = mappedNames(map)
  return ({ fields, rest }, name) => {
    const { method, path } = requestLine(fields.request ?? '')
    const all: Readonly<Record<string, string | undefined>> = { ...fields, method, path }
    if (Object.hasOwn(all, name)) return all[name]
    const added = names.filter((other) => !Object.hasOwn(all, other))
    return trailingValue(trailingValues(rest, String), added, name)
  }
}
