const ID = '{id}'
const [SLASH, PERCENT, ZERO, NINE, AT] = [47, 37, 48, 57, 64]

/** Only a segment with a digit, an at sign, a percent sign or this many characters can be an id. */
const LONG = 16

const INTEGER_OR_PHONE_NUMBER = /^(?:[+-]|%2B)?\d+$/

/** A file extension or a verb. */
const SUFFIX = /[.:][a-z]\w{0,30}$/i

/** A month, the shortest of these patterns. */
const LEAST_PATTERN = 7
const ID_PATTERNS: readonly RegExp[] = [
  // UUID
  /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i,
  // Hash, trace id, MongoDB id: hexadecimal with a digit in it, so that no word is one
  /^(?:0x)?(?=.*\d)[0-9a-f]{8,}$/i,
  // Date, month, ISO week, timestamp
  /^\d{4}-(?:\d{2}|W\d{2})(?:-\d{2})?(?:T[\w:.+%-]*)?$/i,
  // IPv4 address
  /^\d{1,3}(?:\.\d{1,3}){3}$/,
  // ULID
  /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i,
  // JSON web token
  /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/,
]

/**
 * The shape of a path that no template fits: every segment that looks like an id is `{id}`, one with a file extension
 * or a verb behind the id keeps that (`{id}.json`, `{id}:activate`). Only the path decides, never what came before it,
 * so that the order of events makes no difference (decisions.md 4).
 * @param path in the form of `normalizePath`, with or without its leading slash.
 */
export function foldPath(path: string): string {
  let folded = ''
  let copied = 0
  let start = 0
  let suspicious = false
  for (let index = 0; index <= path.length; index++) {
    const code = index < path.length ? path.charCodeAt(index) : SLASH
    if ((code >= ZERO && code <= NINE) || code === AT || code === PERCENT) suspicious = true
    if (code !== SLASH) continue
    const shape = suspicious || index - start >= LONG ? shapeOfSegment(path.slice(start, index)) : undefined
    if (shape !== undefined) {
      folded += path.slice(copied, start) + shape
      copied = index
    }
    start = index + 1
    suspicious = false
  }
  return copied === 0 ? path : folded + path.slice(copied)
}

/** Undefined for a segment that stays as it is. */
function shapeOfSegment(segment: string): string | undefined {
  if (looksLikeId(segment)) return ID
  const suffix = SUFFIX.exec(segment)
  return suffix !== null && looksLikeId(segment.slice(0, suffix.index)) ? ID + suffix[0] : undefined
}

function looksLikeId(segment: string): boolean {
  if (INTEGER_OR_PHONE_NUMBER.test(segment)) return true
  if (segment.length >= LEAST_PATTERN && ID_PATTERNS.some((pattern) => pattern.test(segment))) return true
  return isAddress(segment) || isToken(segment)
}

/** An e-mail or XMPP address: something, an at sign, something with a dot. */
function isAddress(segment: string): boolean {
  const at = segment.search(/@|%40/)
  const dot = segment.lastIndexOf('.')
  return at > 0 && dot > at + 1 && dot < segment.length - 1
}

const LEAST_TOKEN = 16
const LEAST_TOKEN_WITHOUT_DIGITS = 20

/**
 * Base64url, base62, ULID and the like. Unlike words, random characters are full of capitals and digits, and camel case
 * hardly ever has 30 % of them. Measured: 6 in 1,000 ids of 22 random base64url characters pass for words, 2 in 100 of 16.
 */
function isToken(segment: string): boolean {
  if (segment.length < LEAST_TOKEN || !/^[\w-]+(?:=|%3D){0,2}$/i.test(segment)) return false
  const digits = count(segment, /\d/g)
  const capitals = count(segment, /[A-Z]/g)
  const small = count(segment, /[a-z]/g)
  const all = digits + capitals + small
  if (capitals > 0 && small > 0) {
    if ((digits > 0 || all >= LEAST_TOKEN_WITHOUT_DIGITS) && digits + capitals >= 0.3 * all) return true
    return segment.length <= LONGEST_ODD && isOddCamelCase(segment)
  }
  return digits >= 3 && digits >= 0.1 * all
}

/** A longer token has capitals and digits enough, a longer word more chances to look odd. */
const LONGEST_ODD = 23
/** Words of two letters, as names of operations have them. */
const SHORT_WORDS: ReadonlySet<string> = new Set(
  (
    'ai am as at be bu by cc db de do en es eu fr go hi hr id if in io ip is it jp js kb lg mb md me mr ms mu my no of ok ' +
    'on op or os pm qr sm so to ts tv tz ui uk up us vm we ws xs'
  ).split(' '),
)
const MIXED_CONSONANTS = /[b-df-hj-np-tv-xz]{5,}/gi

/**
 * Camel case as nobody writes it: humps of two letters that are no word, two of them or one beside five consonants of
 * both cases. Of 18,800 names of 16 characters and more in TypeScript's, Node's and the platform's libraries it takes none.
 */
function isOddCamelCase(segment: string): boolean {
  const humps = segment.match(/[A-Z][a-z](?![a-z])/g) ?? []
  const odd = humps.filter((hump) => !SHORT_WORDS.has(hump.toLowerCase())).length
  if (odd !== 1) return odd > 1
  return (segment.match(MIXED_CONSONANTS) ?? []).some((run) => /[a-z]/.test(run) && /[A-Z]/.test(run))
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
