import { EventReject } from '../../domain/event-reject.ts'
import { type CombinedLine, combinedLine, requestOf, userOf } from './combined-line.ts'
import { combinedVariable } from './combined-variables.ts'
import type { Format } from './format.ts'
import { rememberingLogTime } from './log-time.ts'
import { numberOf } from './log-value.ts'
import { mappedFields } from './mapped-fields.ts'
import { type FoundCall, sourceEvent } from './source-event.ts'

/**
 * nginx's `combined`, and what people put behind it (`main`, `rt=$request_time`). The time is the end of the call, and
 * nothing says how long it took unless a field map names it; the user is the one of HTTP Basic.
 */
export const nginx: Format = {
  name: 'nginx',
  text: {
    reader({ map, timeZone }) {
      const timeOf = rememberingLogTime(timeZone)
      const mapped = mappedFields<CombinedLine>(map, timeZone, {
        valueOf: combinedVariable(map),
        durationUnit: 1000,
        timeIsEnd: true,
      })
      return (line) => {
        const parsed = combinedLine(line)
        if (parsed instanceof EventReject) return parsed
        const found = foundIn(parsed, timeOf)
        return sourceEvent(mapped === undefined ? found : mapped(found, parsed))
      }
    },
    recognizes: (line) => !(combinedLine(line) instanceof EventReject),
  },
}

/** The call of a line of the combined log format. */
export function foundIn(parsed: CombinedLine, timeOf: (text: string) => number): FoundCall {
  const { method, path } = requestOf(parsed)
  return {
    id: undefined,
    time: timeOf(parsed.time),
    clientId: undefined,
    userId: userOf(parsed),
    method,
    path,
    status: numberOf(parsed.status),
    durationMs: Number.NaN,
    requestBytes: Number.NaN,
    responseBytes: numberOf(parsed.bytes),
  }
}
