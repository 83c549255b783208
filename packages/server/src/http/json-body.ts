import type { FastifyInstance } from 'fastify'
import { Refusal, shown } from '../domain/refusal.ts'

/** No body that we read is as deep as this; recursion over a deeper one could exhaust the stack. */
const MAX_DEPTH = 64
/** The longest lists we take are a query's filter values; each becomes a parameter of SQL. */
const MAX_LIST_LENGTH = 10_000

/** Operations that take more say so with `bodyLimit`. */
export const MAX_JSON_BYTES = 1024 * 1024

/**
 * Reads JSON bodies as official clients send them (wire.md §6): empty and `null` mean "no body", also with a JSON
 * Content-Type, and under /api/ a body without any Content-Type is JSON.
 */
export function addJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      checkEncoding(request.headers['content-encoding'])
      done(null, parseJson(body as Buffer))
    } catch (error) {
      done(error as Error)
    }
  })
  app.addHook('preParsing', async (request) => {
    const { headers } = request.raw
    if (headers['content-type'] === undefined && request.url.startsWith('/api/')) {
      headers['content-type'] = 'application/json'
    }
    return undefined
  })
}

function checkEncoding(encoding = 'identity'): void {
  if (encoding.toLowerCase() === 'identity') return
  throw new Refusal(
    'unsupported.media.type',
    'The Content-Encoding [{encoding}] is not supported here. Send it as it is.',
    {
      encoding: encoding.slice(0, 100),
    },
  )
}

/**
 * A JSON text in UTF-8, with or without a byte order mark; nothing but white space is undefined.
 * @throws Refusal bad.request saying where it stops being JSON, or that it is nested too deep.
 */
function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes)
  if (text.trim() === '') return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw malformed(error)
  }
  checkShape(value)
  return value
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Refusal('bad.request', 'The body is not text in UTF-8.')
  }
}

/** The engine's own words say where, either by position or by quoting what stands there. */
function malformed(error: unknown): Refusal {
  const reason = error instanceof Error ? error.message.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, 200) : ''
  return new Refusal('bad.request', 'The body is not JSON: {reason}', { reason })
}

/**
 * Refuses, without recursion, what no operation can use and what would do harm further in: depth, lists without end,
 * names that reach an object's prototype when it is copied, text that no database keeps as it is.
 */
function checkShape(root: unknown): void {
  let level: unknown[] = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) {
      throw new Refusal('bad.request', 'The body is nested deeper than the allowed {maxDepth} levels.', {
        maxDepth: String(MAX_DEPTH),
      })
    }
    level = level.flatMap(innerValues)
  }
}

function innerValues(value: unknown): readonly unknown[] {
  if (typeof value === 'string') checkText(value)
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) {
    checkLength(value)
    return value
  }
  for (const name of Object.keys(value)) {
    checkName(name)
    checkText(name)
  }
  return Object.values(value)
}

function checkLength(list: readonly unknown[]): void {
  if (list.length <= MAX_LIST_LENGTH) return
  throw new Refusal('bad.request', 'The body has a list of {length} values; the most is {maxLength}.', {
    length: String(list.length),
    maxLength: String(MAX_LIST_LENGTH),
  })
}

function checkName(name: string): void {
  if (name !== '__proto__') return
  throw new Refusal('bad.request', 'The body has a field with the name [__proto__], which is not allowed.')
}

/** NUL ends a text in C and is refused by PostgreSQL; half of a surrogate pair has no form in UTF-8. */
function checkText(text: string): void {
  if (!text.includes('\0') && text.isWellFormed()) return
  const shownText = shown(text.replaceAll('\0', '\\u0000'))
  throw new Refusal('bad.request', 'The body has a text with NUL or half a surrogate pair in it: [{text}].', {
    text: shownText,
  })
}
