import { EventReject } from '../../domain/event-reject.ts'
import { type CombinedLine, combinedLine } from './combined-line.ts'
import { combinedVariable } from './combined-variables.ts'
import type { Format } from './format.ts'
import { rememberingLogTime } from './log-time.ts'
import { mappedFields } from './mapped-fields.ts'
import { foundIn } from './nginx.ts'
import { sourceEvent } from './source-event.ts'

/** Apache's `common`, `combined` and `vhost_combined`. The time is when the request came in. */
export const apache: Format = {
  name: 'apache',
  text: {
    reader({ map, timeZone }) {
      const timeOf = rememberingLogTime(timeZone)
      const mapped = mappedFields<CombinedLine>(map, timeZone, {
        valueOf: combinedVariable(map),
        durationUnit: durationUnitOf(map.durationMs),
        timeIsEnd: false,
      })
      return (line) => {
        const parsed = combinedLine(line)
        if (parsed instanceof EventReject) return parsed
        const found = foundIn(parsed, timeOf)
        return sourceEvent(mapped === undefined ? found : mapped(found, parsed))
      }
    },
    // A line that nginx could have written as well is taken for nginx's.
    recognizes: (line) => /^\S+:\d+ [\da-fA-F.:]+ \S+ /.test(line) && !(combinedLine(line) instanceof EventReject),
  },
}

/** `%D` is microseconds, `%{ms}T` milliseconds, `%T` seconds. */
function durationUnitOf(name: string | undefined): number {
  if (name === '%{ms}T') return 1
  return name === '%T' || name === '%{s}T' ? 1000 : 0.001
}
