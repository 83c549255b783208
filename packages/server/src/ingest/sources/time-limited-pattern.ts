import { createContext, Script } from 'node:vm'
import { EventReject } from '../../domain/event-reject.ts'

/** What a pattern may take for one line; ordinary ones take some microseconds. */
const MOST_MS = 100
/** So many lines that took too long, and the pattern is not tried any more. */
const MOST_FAILURES = 3

type Groups = Readonly<Record<string, string | undefined>>

/**
 * A pattern that anybody may have sent, tried on lines that anybody may have sent: some take for ever on some lines, and
 * nothing but the engine's own interrupt ends that.
 * @returns the named groups, undefined for a line that does not match, or a reject for one that takes too long.
 */
export function timeLimitedPattern(pattern: RegExp): (line: string) => Groups | undefined | EventReject {
  const context = createContext({ pattern, line: '', groups: undefined }, { codeGeneration: { strings: false } })
  const script = new Script('groups = pattern.exec(line)?.groups')
  let failures = 0
  return (line) => {
    if (failures >= MOST_FAILURES) return tooSlow()
    context.line = line
    try {
      script.runInContext(context, { timeout: MOST_MS })
      return context.groups as Groups | undefined
    } catch {
      failures++
      return tooSlow()
    }
  }
}

function tooSlow(): EventReject {
  return new EventReject('bad.request', () => `The pattern takes longer than ${MOST_MS} ms for a line.`)
}
