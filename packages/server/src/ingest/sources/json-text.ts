import { Refusal } from '../../domain/refusal.ts'

/** Deeper than anybody nests fields that we pass over. */
const DEEPEST = 64
/** A shorter text can be as deep as it likes: V8 needs some 45 bytes a level. */
const HARMLESS_LENGTH = 64 * 1024

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 91, 93, 123, 125]

const utf8 = new TextDecoder()

/** A body's text without its byte order mark; what is not UTF-8 becomes U+FFFD. */
export function textOfBody(body: Uint8Array): string {
  return utf8.decode(body)
}

/**
 * Parses JSON that anybody may have sent. A field `__proto__` is one like any other in what comes out; nothing that
 * came is to be copied into another object by name.
 * @throws SyntaxError that says why it is not JSON, or that it is nested too deep.
 */
export function parseJson(text: string): unknown {
  if (text.length > HARMLESS_LENGTH && isDeeperThan(text, DEEPEST)) {
    throw new SyntaxError(`it is nested deeper than the allowed ${DEEPEST} levels`)
  }
  return JSON.parse(text)
}

/**
 * The JSON value that makes up a whole body; undefined for an empty one.
 * @throws Refusal bad.request when it is not JSON.
 */
export function parseJsonBody(body: Uint8Array): unknown {
  const text = textOfBody(body)
  if (text.trim() === '') return undefined
  try {
    return parseJson(text)
  } catch (error) {
    throw new Refusal('bad.request', 'The body is not JSON: {reason}', { reason: syntaxProblem(error) })
  }
}

/** The engine's own words say where, either by position or by quoting what stands there. */
export function syntaxProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  return message
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .slice(0, 200)
    .toWellFormed()
}

/** Brackets in strings do not count; those of a text that is not JSON need not make sense. */
function isDeeperThan(text: string, deepest: number): boolean {
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === BACKSLASH) index++
      else if (code === QUOTE) inString = false
    } else if (code === QUOTE) {
      inString = true
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (++depth > deepest) return true
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      depth--
    }
  }
  return false
}
