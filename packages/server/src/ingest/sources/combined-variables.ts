import { addressOf, type CombinedLine, requestOf, userOf } from './combined-line.ts'
import type { FieldMap } from './event-fields.ts'
import { unescaped } from './log-escapes.ts'
import { mappedNames, trailingValue, trailingValues } from './trailing-values.ts'

/** nginx's names, which those of Apache are translated to. */
const OWN: Readonly<Record<string, (line: CombinedLine) => string | undefined>> = {
  remote_addr: addressOf,
  remote_user: userOf,
  time_local: ({ time }) => time,
  request: ({ request }) => unescaped(request),
  request_method: (line) => requestOf(line).method,
  request_uri: (line) => requestOf(line).path,
  uri: (line) => requestOf(line).path,
  status: ({ status }) => status,
  body_bytes_sent: ({ bytes }) => bytes,
  bytes_sent: ({ bytes }) => bytes,
}
const APACHE: Readonly<Record<string, string>> = {
  h: 'remote_addr',
  a: 'remote_addr',
  u: 'remote_user',
  t: 'time_local',
  r: 'request',
  m: 'request_method',
  U: 'uri',
  s: 'status',
  b: 'body_bytes_sent',
  B: 'body_bytes_sent',
}
/** Those of the combined format that stand behind the common one. */
const BEHIND = ['http_referer', 'http_user_agent']

/** Finds log variables by their names, those that a field map names behind the combined format included. */
export function combinedVariable(map: FieldMap): (line: CombinedLine, name: string) => string | undefined {
  const added = mappedNames(map)
    .map(variableName)
    .filter((name) => !Object.hasOwn(OWN, name) && !BEHIND.includes(name))
  return (line, name) => {
    const variable = variableName(name)
    if (Object.hasOwn(OWN, variable)) return OWN[variable]?.(line)
    const trailing = trailingValues(line.line.slice(line.restAt), unescaped)
    const behind = BEHIND.indexOf(variable)
    if (behind >= 0) return trailing.inOrder[behind]
    return trailingValue({ ...trailing, inOrder: trailing.inOrder.slice(BEHIND.length) }, added, variable)
  }
}

/** `$http_x_client_id` and Apache's `%{X-Client-Id}i` and `%>s`, all as nginx writes them, without the dollar. */
function variableName(name: string): string {
  const header = /^%\{([^}]+)\}i$/.exec(name)?.[1]
  if (header !== undefined) return `http_${header.toLowerCase().replaceAll('-', '_')}`
  const letter = /^%[<>]?([a-zA-Z])$/.exec(name)?.[1]
  return letter === undefined ? name.replace(/^\$/, '') : (APACHE[letter] ?? name)
}
