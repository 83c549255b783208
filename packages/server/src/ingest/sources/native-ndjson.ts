import { EventReject } from '../../domain/event-reject.ts'
import { parseJson, syntaxProblem, textOf } from './json-text.ts'
import type { Source } from './source.ts'

/** One event of api.md §3 a line. A line that is not JSON is one rejected event; the others count. */
export const nativeNdjson: Source = {
  name: 'native-ndjson',
  mediaTypes: ['application/x-ndjson', 'application/jsonl'],
  *parse(body) {
    const text = textOf(body)
    let start = 0
    while (start < text.length) {
      const newline = text.indexOf('\n', start)
      const end = newline < 0 ? text.length : newline
      const line = text.slice(start, end)
      start = end + 1
      if (!isBlank(line)) yield parseLine(line)
    }
  },
}

function isBlank(line: string): boolean {
  return !line.startsWith('{') && line.trim() === ''
}

function parseLine(line: string): unknown {
  try {
    return parseJson(line)
  } catch (error) {
    return new EventReject('bad.request', () => `The line is not JSON: ${syntaxProblem(error)}`)
  }
}
