import { EventReject } from '../../domain/event-reject.ts'
import { parseJson, syntaxProblem } from './json-text.ts'
import type { Source } from './source.ts'

const NEWLINE = 10
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/** One event of api.md §3 a line. A line that is not JSON is one rejected event; the others count. */
export const nativeNdjson: Source = {
  name: 'native-ndjson',
  mediaTypes: ['application/x-ndjson', 'application/jsonl'],
  *parse(body, _reading, scanned) {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    let start = BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte) ? BYTE_ORDER_MARK.length : 0
    while (start < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, start)
      const end = newline < 0 ? bytes.length : newline
      if (scanned?.scan(bytes, start, end)) {
        yield scanned
      } else {
        const line = bytes.toString('utf8', start, end)
        if (!isBlank(line)) yield parseLine(line)
      }
      start = end + 1
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
