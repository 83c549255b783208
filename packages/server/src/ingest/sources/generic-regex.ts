import { EventReject } from '../../domain/event-reject.ts'
import { Refusal, shown } from '../../domain/refusal.ts'
import type { Format, FormatOptions, ReadCall } from './format.ts'
import { OWN_NAMES } from './generic-json.ts'
import { jsonFieldsReader } from './json-fields.ts'
import { unescaped } from './log-escapes.ts'
import { PatternMatcher, TOO_SLOW } from './pattern-matcher.ts'

const LONGEST_PATTERN = 4096

/**
 * Any other line: a regular expression with named groups. What a group has is the event field of its name, unless a
 * field map says which group is which; the group `request` is a request line.
 */
export const genericRegex: Format = {
  name: 'regex',
  text: {
    reader(options) {
      const pattern = checkedPattern(options.regex)
      const read = groupsReader(options)
      return (line) => read(pattern.exec(line)?.groups)
    },
    strangersReader(options) {
      const matcher = new PatternMatcher(checkedPattern(options.regex))
      const read = groupsReader(options)
      return (lines) => matcher.match(lines).map((groups) => (groups === TOO_SLOW ? tooSlow() : read(groups)))
    },
    recognizes: () => false,
  },
}

function groupsReader(
  options: FormatOptions,
): (groups: Readonly<Record<string, string | undefined>> | undefined) => ReadCall {
  const read = jsonFieldsReader(OWN_NAMES, options)
  return (groups) => {
    if (groups === undefined) return new EventReject('bad.request', () => 'The line does not match the pattern.')
    const texts = Object.entries(groups).map(([name, text]) => [name, text === undefined ? text : unescaped(text)])
    return read(Object.fromEntries(texts))
  }
}

function tooSlow(): EventReject {
  return new EventReject('bad.request', () => 'The pattern takes too long for this line.')
}

/** @throws Refusal invalid.query.param.value for a pattern that is none, is too long, or names no group. */
function checkedPattern(pattern: string | undefined): RegExp {
  const refuse = (reason: string) =>
    new Refusal('invalid.query.param.value', 'The parameter [regex] is {given}: {reason}.', {
      given: pattern === undefined ? 'missing' : JSON.stringify(shown(pattern)),
      reason,
    })
  if (pattern === undefined || pattern === '') {
    throw refuse('it must be a regular expression with named groups such as (?<method>[A-Z]+)')
  }
  if (pattern.length > LONGEST_PATTERN) throw refuse(`it must be of at most ${LONGEST_PATTERN} characters`)
  if (!pattern.includes('(?<')) throw refuse('it must have named groups such as (?<method>[A-Z]+)')
  try {
    return new RegExp(pattern, 'v')
  } catch {
    return withoutFlag(pattern, refuse)
  }
}

/** Older patterns have escapes that the newer syntax forbids. */
function withoutFlag(pattern: string, refuse: (reason: string) => Refusal): RegExp {
  try {
    return new RegExp(pattern)
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : 'it must be a regular expression')
  }
}
