import { EventReject } from '../../domain/event-reject.ts'
import { type CombinedLine, combinedLine } from './combined-line.ts'
import { combinedVariable } from './combined-variables.ts'
import type { Format, JsonObject } from './format.ts'
import { type JsonFields, jsonFieldsReader, textIn } from './json-fields.ts'
import { unescaped } from './log-escapes.ts'
import { rememberingLogTime } from './log-time.ts'
import { durationOf } from './log-value.ts'
import { mappedFields } from './mapped-fields.ts'
import { foundIn } from './nginx.ts'
import { type FoundCall, sourceEvent } from './source-event.ts'
import { trailingValues } from './trailing-values.ts'

const NANOSECOND = 1e-6

const FIELDS: JsonFields = {
  id: ['request_X-Request-Id'],
  time: ['StartUTC', 'StartLocal'],
  clientId: ['ClientUsername', 'request_X-Client-Id'],
  userId: ['ClientUsername'],
  method: ['RequestMethod'],
  path: ['RequestPath'],
  status: ['DownstreamStatus', 'OriginStatus'],
  durations: [['Duration', NANOSECOND]],
  durationUnit: NANOSECOND,
  requestBytes: ['RequestContentSize'],
  responseBytes: ['DownstreamContentSize', 'OriginContentSize'],
  header: keptHeader,
  refine: (found, record) => ({ ...found, id: found.id ?? traceId(record) }),
}

/** Traefik's access log, JSON or in its own extension of the common log format. */
export const traefik: Format = {
  name: 'traefik',
  json: {
    reader: (options) => jsonFieldsReader(FIELDS, options),
    recognizes: (record) => 'DownstreamStatus' in record || ('RequestMethod' in record && 'RouterName' in record),
  },
  text: {
    reader({ map, timeZone }) {
      const timeOf = rememberingLogTime(timeZone)
      const mapped = mappedFields<CombinedLine>(map, timeZone, {
        valueOf: combinedVariable(map),
        durationUnit: 1,
        timeIsEnd: false,
      })
      return (line) => {
        const parsed = combinedLine(line)
        if (parsed instanceof EventReject) return parsed
        const found = withClientAndDuration(foundIn(parsed, timeOf), parsed)
        return sourceEvent(mapped === undefined ? found : mapped(found, parsed))
      }
    },
    recognizes: (line) => /" \d+ "[^"]*" "[^"]*" \d+ms\s*$/.test(line) && !(combinedLine(line) instanceof EventReject),
  },
}

/** One trace may have several calls, each of which is a span. */
function traceId(record: JsonObject): string | undefined {
  const [trace, span] = [
    textIn(record, ['trace_id', 'TraceId', 'traceId']),
    textIn(record, ['SpanId', 'span_id', 'spanId']),
  ]
  return trace === undefined || span === undefined ? trace : `${trace}-${span}`
}

/** Headers that are kept are fields such as `request_X-Client-Id`. */
function keptHeader(record: JsonObject, name: string): unknown {
  const wanted = `request_${name}`
  const field = Object.keys(record).find((other) => other.toLowerCase() === wanted)
  return field === undefined ? undefined : record[field]
}

/** `… "agent" 42 "router" "http://backend" 150ms`. */
function withClientAndDuration(found: FoundCall, { line, restAt }: CombinedLine): FoundCall {
  const duration = trailingValues(line.slice(restAt), unescaped).inOrder.at(5)
  return { ...found, clientId: found.userId, durationMs: durationOf(duration, 1) }
}
