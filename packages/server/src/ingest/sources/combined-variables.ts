import { addressOf, type CombinedLine, requestOf, restOf, userOf } from './combined-line.ts'
import type { FieldMap } from './event-fields.ts'
import { isJwtClaim } from './jwt-claim.ts'

/** nginx's names, which those of Apache are translated to. */
const OWN: Readonly<Record<string, (line: CombinedLine) => string | undefined>> = {
  remote_addr: addressOf,
  remote_user: userOf,
  time_local: ({ time }) => time,
  request: ({ request }) => request,
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
  D: 'request_time_us',
  I: 'request_length',
  O: 'bytes_sent',
}
const BEHIND = ['http_referer', 'http_user_agent']

/**
 * Finds log variables by their names. What stands behind the combined format is found as `name=value` by its name, and
 * otherwise by its place: the names that a field map has and the format has not are those of the last values, in the
 * map's order, as people add their own variables at the end of a log format.
 */
export function combinedVariable(map: FieldMap): (line: CombinedLine, name: string) => string | undefined {
  const mapped = Object.values(map)
    .filter((name) => !isJwtClaim(name))
    .concat(Object.values(map).filter(isJwtClaim).map(headerOf))
    .map(variableName)
  const added = [...new Set(mapped)].filter((name) => OWN[name] === undefined && !BEHIND.includes(name))
  return (line, name) => {
    const variable = variableName(name)
    const own = OWN[variable]
    if (own !== undefined) return own(line)
    const { inOrder, named } = restOf(line)
    const value = named.get(variable) ?? named.get(name)
    if (value !== undefined) return value
    const behind = BEHIND.indexOf(variable)
    if (behind >= 0) return inOrder[behind]
    const index = added.indexOf(variable)
    if (index < 0) return undefined
    const others = inOrder.slice(BEHIND.length)
    const unnamed = added.filter((other) => !named.has(other))
    return others[others.length - unnamed.length + unnamed.indexOf(variable)]
  }
}

/** `$http_x_client_id` and Apache's `%{X-Client-Id}i` and `%>s`, all as nginx writes them, without the dollar. */
function variableName(name: string): string {
  const header = /^%\{([^}]+)\}i$/.exec(name)?.[1]
  if (header !== undefined) return `http_${header.toLowerCase().replaceAll('-', '_')}`
  const letter = /^%[<>]?([a-zA-Z])$/.exec(name)?.[1]
  return letter === undefined ? name.replace(/^\$/, '') : (APACHE[letter] ?? name)
}

function headerOf(claim: string): string {
  const header = claim.slice('jwt:'.length).split('.')[0] ?? ''
  return `http_${header.toLowerCase().replaceAll('-', '_')}`
}
