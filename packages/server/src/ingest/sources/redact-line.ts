const REDACTED = '[redacted]'
const FIELD_NAME = /"([\w.-]+)"\s*:\s*/g
const SECRET_NAME =
  /authorization|cookie|api[_-]?key|password|secret|token|query_?string|raw_request|raw_response|^(?:args|query)$/i
/** The value of a JSON field, as far as the line has it. */
const VALUE = /"(?:\\.|[^"\\])*(?:"|\\?$)|\[[^\]]*(?:\]|$)|\{[^}]*(?:\}|$)|[^,}\]\s]+/y
const SECRET_HEADER = /\b((?:proxy-)?authorization|(?:set-)?cookie)(\s*[:=]\s*)[^"\r\n]+/gi
const SCHEME = /\b(Bearer|Basic|Digest|Negotiate)(\s+)[^\s"',}|]+/gi
const TOKEN = /\beyJ[\w-]+\.[\w-]*(?:\.[\w-]*)?/g
const USER_INFO = /(:\\?\/\\?\/)[^\s"/@]+@/g
const QUERY = /\?[^\s"]+/g

/** A line of a log as it may be kept to be looked at: without query strings, tokens and cookies (decisions.md 25). */
export function redactLine(line: string): string {
  return withoutSecretFields(line)
    .replace(SECRET_HEADER, `$1$2${REDACTED}`)
    .replace(SCHEME, `$1$2${REDACTED}`)
    .replace(TOKEN, REDACTED)
    .replace(USER_INFO, `$1${REDACTED}@`)
    .replace(QUERY, `?${REDACTED}`)
}

/** By hand, because one expression for all of it tries each place of a long name anew. */
function withoutSecretFields(line: string): string {
  const kept: string[] = []
  let end = 0
  FIELD_NAME.lastIndex = 0
  for (let match = FIELD_NAME.exec(line); match !== null; match = FIELD_NAME.exec(line)) {
    if (!SECRET_NAME.test(match[1] ?? '')) continue
    VALUE.lastIndex = FIELD_NAME.lastIndex
    if (!VALUE.test(line)) continue
    kept.push(line.slice(end, FIELD_NAME.lastIndex), `"${REDACTED}"`)
    end = VALUE.lastIndex
    FIELD_NAME.lastIndex = end
  }
  return kept.join('') + line.slice(end)
}
