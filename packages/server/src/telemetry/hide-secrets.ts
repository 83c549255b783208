/** Names of fields and headers that can hold a credential, in lower case. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'apikey',
  'key',
  'secret',
  'clientsecret',
  'client_secret',
  'password',
  'token',
  'access_token',
  'accesstoken',
  'refresh_token',
  'refreshtoken',
  'session',
])

const DEEPEST = 3

/** Apitally's clients have their credential in the path (decisions.md 25). */
const KEY_IN_PATH = /(\/v1\/sources\/apitally\/v\d+\/)[^/?#\s"']+/g

/**
 * The same fields with credentials hidden, down to objects in objects in objects. By name alone: pino's own redaction
 * costs fifty times what a line costs without it.
 */
export function hideSecrets(fields: object): Record<string, unknown> {
  return Object.fromEntries(hideIn(Object.entries(fields), 1))
}

function hideIn(entries: readonly [string, unknown][], depth: number): [string, unknown][] {
  return entries.map(([name, value]) => [
    name,
    SECRET_FIELDS.has(name.toLowerCase()) ? '[hidden]' : inside(value, depth),
  ])
}

/** Errors go to their own serializer; anything else with a prototype prints itself. */
function inside(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.replace(KEY_IN_PATH, '$1[hidden]')
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return value
  if (Array.isArray(value)) return value.map((item) => inside(item, depth + 1))
  const isPlain = Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null
  return isPlain ? Object.fromEntries(hideIn(Object.entries(value), depth + 1)) : value
}
