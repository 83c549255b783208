import { described, EventReject } from '../../domain/event-reject.ts'
import type { JsonObject } from './format.ts'
import { parseJson } from './json-text.ts'
import { readLenientJson } from './lenient-json.ts'

/**
 * The records of a line of JSON: its object, each object of a list, or several objects that were joined without a
 * newline (Firehose). What is nearly JSON is read as far as it goes; what is not an object is a reject.
 */
export function jsonRecords(line: string): readonly (JsonObject | EventReject)[] {
  try {
    return recordsOf(parseJson(line))
  } catch {
    return joinedRecords(line) ?? recordsOf(lenientValue(line))
  }
}

/** True for the beginning of an object or of a list of some; `[2016-04-15…` is a line of text. */
export function looksLikeJson(text: string): boolean {
  return /^\s*(?:\{|\[\s*(?:[{[\]]|$))/.test(text)
}

/** Each object of a JSON value. */
export function recordsOf(value: unknown): readonly (JsonObject | EventReject)[] {
  if (value instanceof EventReject) return [value]
  return Array.isArray(value) ? value.map(recordOf) : [recordOf(value)]
}

function recordOf(value: unknown): JsonObject | EventReject {
  return isObject(value)
    ? value
    : new EventReject('bad.request', () => `A record must be a JSON object, not ${described(value)}.`)
}

/** Undefined unless the whole line is two objects or more, each complete. */
function joinedRecords(line: string): readonly JsonObject[] | undefined {
  const records: JsonObject[] = []
  for (let at = 0; at < line.length; ) {
    if (line[at] !== '{') {
      if (line[at] !== ' ' && line[at] !== '\t' && line[at] !== '\r') return undefined
      at++
      continue
    }
    const { value, end, isWhole } = readLenientJson(line, at)
    if (!isWhole || !isObject(value)) return undefined
    records.push(value)
    at = end
  }
  return records.length > 1 ? records : undefined
}

/** The reason quotes nothing of the line: it is kept where a line is kept redacted. */
function lenientValue(line: string): unknown {
  const { value } = readLenientJson(line)
  const isEmpty = !isObject(value) || Object.keys(value).length === 0
  if (Array.isArray(value) ? value.length > 0 : !isEmpty) return value
  return new EventReject('bad.request', () => 'The line is not JSON.')
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
