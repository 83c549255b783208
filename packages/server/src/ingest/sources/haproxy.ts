import { EventReject } from '../../domain/event-reject.ts'
import type { FieldMap } from './event-fields.ts'
import type { Format } from './format.ts'
import { type HaproxyLine, haproxyLine } from './haproxy-line.ts'
import { unescapedHashes } from './log-escapes.ts'
import { rememberingLogTime } from './log-time.ts'
import { numberOf, textOf } from './log-value.ts'
import { mappedFields } from './mapped-fields.ts'
import { type RequestLine, requestLine } from './request-line.ts'
import { type FoundCall, sourceEvent } from './source-event.ts'
import { mappedNames, trailingValue, trailingValues } from './trailing-values.ts'

/** Behind the request, as examples/gateways/haproxy.cfg writes it. */
const ID = /(?:^| )id="?([^" ]+)/

/**
 * HAProxy's HTTP log. The first captured header of the request is the client and the second the user, unless a field map
 * says otherwise; its times are local and say no zone.
 */
export const haproxy: Format = {
  name: 'haproxy',
  text: {
    reader({ map, timeZone }) {
      const timeOf = rememberingLogTime(timeZone)
      const mapped = mappedFields<HaproxyLine>(map, timeZone, {
        valueOf: haproxyVariable(map),
        durationUnit: 1,
        timeIsEnd: false,
      })
      return (line) => {
        const parsed = haproxyLine(line)
        if (parsed instanceof EventReject) return parsed
        const found = foundIn(parsed, timeOf)
        return sourceEvent(mapped === undefined ? found : mapped(found, parsed))
      }
    },
    recognizes: (line) => !(haproxyLine(line) instanceof EventReject),
  },
}

function foundIn(line: HaproxyLine, timeOf: (text: string) => number): FoundCall {
  const { method, path } = requestOf(line)
  return {
    id: textOf(ID.exec(line.rest)?.[1]),
    time: timeOf(line.time),
    clientId: textOf(line.requestHeaders[0]),
    userId: textOf(line.requestHeaders[1]),
    method,
    path,
    status: numberOf(line.status),
    durationMs: durationOf(line.timers),
    requestBytes: Number.NaN,
    responseBytes: numberOf(line.bytes),
  }
}

/** Of a line that was cut within its path nobody knows the path; behind a `?` or a space it is whole. */
function requestOf({ request, isWhole }: HaproxyLine): RequestLine {
  const { method, path } = requestLine(unescapedHashes(request))
  const isPathWhole = isWhole || /^\S+ [^ ?]*[ ?]/.test(request)
  return { method, path: isPathWhole ? path?.replace(/ (?:H(?:T(?:T(?:P\/?)?)?)?)?$/, '') : undefined }
}

/** Ta, all of the call; where it is not known, the parts of it that are. */
function durationOf(timers: readonly number[]): number {
  const total = timers[4] ?? -1
  if (total >= 0) return total
  const known = timers.slice(0, 4).filter((timer) => timer >= 0)
  return known.length === 0 ? Number.NaN : known.reduce((a, b) => a + b)
}

const OWN: Readonly<Record<string, (line: HaproxyLine) => string | undefined>> = {
  client: ({ client }) => client,
  client_ip: ({ client }) => client.replace(/:\d+$/, ''),
  frontend_name: ({ frontend }) => frontend,
  backend_name: ({ backend }) => backend,
  server_name: ({ server }) => server,
  status: ({ status }) => status,
  bytes_read: ({ bytes }) => bytes,
  termination_state: ({ termination }) => termination,
  time: ({ time }) => time,
  request: ({ request }) => unescapedHashes(request),
  method: (line) => requestOf(line).method,
  path: (line) => requestOf(line).path,
}

/** Captures by HAProxy's own names for them, what stands behind the request as with other logs. */
function haproxyVariable(map: FieldMap): (line: HaproxyLine, name: string) => string | undefined {
  const added = mappedNames(map).filter((name) => !Object.hasOwn(OWN, name) && !name.startsWith('capture.'))
  return (line, name) => {
    if (Object.hasOwn(OWN, name)) return OWN[name]?.(line)
    const [, side, index] = /^capture\.(req|res)\.hdr\((\d+)\)$/.exec(name) ?? []
    if (index !== undefined) return (side === 'req' ? line.requestHeaders : line.responseHeaders)[Number(index)]
    return trailingValue(trailingValues(line.rest, unescapedHashes), added, name)
  }
}
