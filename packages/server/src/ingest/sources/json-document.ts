import { Refusal } from '../../domain/refusal.ts'
import { looksLikeJson } from './json-records.ts'
import { parseJson, syntaxProblem, textOfBody } from './json-text.ts'
import { readLenientJson } from './lenient-json.ts'

const LINES: ReadonlySet<string> = new Set(['application/x-ndjson', 'application/jsonl'])

/**
 * The JSON value that a body is, where it is one and not lines: gateways send one call as an object, several as a list,
 * and say so in a Content-Type or in none. Lines of JSON under the Content-Type of JSON are lines.
 * @param takes what the format has: one of text only has no documents.
 * @returns undefined for lines.
 * @throws Refusal bad.request for a body that says that it is JSON and is neither.
 */
export function jsonDocument(
  body: Uint8Array,
  mediaType: string,
  takes: 'text' | 'json' | 'both',
): { readonly value: unknown } | undefined {
  if (takes === 'text' || LINES.has(mediaType)) return undefined
  const text = textOfBody(body)
  if (text.trim() === '') return undefined
  const isMeant = looksLikeJson(text)
  const isSaid = /[/+]json$/.test(mediaType) && takes === 'json'
  if (!isMeant && !isSaid) return undefined
  try {
    return { value: parseJson(text) }
  } catch (error) {
    const { value, end, isWhole } = readLenientJson(text)
    if (isWhole && text.slice(end).trim() === '') return { value }
    // What goes on behind a first whole value are lines, or objects that were joined.
    if (isWhole || !isSaid || isLinesWithBadFirst(text)) return undefined
    throw new Refusal('bad.request', 'The body is not JSON: {reason}', { reason: syntaxProblem(error) })
  }
}

/** An object that ends nowhere, and behind it lines that are objects: a log whose first line was cut, not an envelope. */
function isLinesWithBadFirst(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return false
  return text.split('\n').some((line) => line.startsWith('{') && isJson(line))
}

function isJson(line: string): boolean {
  try {
    parseJson(line)
    return true
  } catch {
    return false
  }
}
