const REDACTED = '[redacted]'
const SECRET = String.raw`[\w.-]*(?:authorization|cookie|api[_-]?key|password|secret|token|query_?string|raw_request|raw_response)[\w.-]*|args|query`
/** The value of a JSON field, as far as the line has it. */
const VALUE = String.raw`"(?:\\.|[^"\\])*(?:"|$)|\[[^\]]*(?:\]|$)|\{[^}]*(?:\}|$)|[^,}\]\s]+`
const SECRET_FIELD = new RegExp(String.raw`("(?:${SECRET})"\s*:\s*)(?:${VALUE})`, 'gi')
const SECRET_HEADER = /\b((?:proxy-)?authorization|(?:set-)?cookie)(\s*[:=]\s*)[^"\r\n]+/gi
const SCHEME = /\b(Bearer|Basic|Digest|Negotiate)(\s+)[^\s"',}|]+/gi
const TOKEN = /\beyJ[\w-]+\.[\w-]*(?:\.[\w-]*)?/g
const USER_INFO = /(:\\?\/\\?\/)[^\s"/@]+@/g
const QUERY = /\?[^\s"]+/g

/** A line of a log as it may be kept to be looked at: without query strings, tokens and cookies (decisions.md 25). */
export function redactLine(line: string): string {
  return line
    .replace(SECRET_FIELD, `$1"${REDACTED}"`)
    .replace(SECRET_HEADER, `$1$2${REDACTED}`)
    .replace(SCHEME, `$1$2${REDACTED}`)
    .replace(TOKEN, REDACTED)
    .replace(USER_INFO, `$1${REDACTED}@`)
    .replace(QUERY, `?${REDACTED}`)
}
