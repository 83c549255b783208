import type { ServerResponse } from 'node:http'

type Write = ServerResponse['write']
type End = ServerResponse['end']
type Counted = ServerResponse & { [COUNTS]?: Counts }

/** An answer's methods before they were replaced, and what went through them. */
interface Counts {
  readonly write: Write
  readonly end: End
  bytes: number
  isEnding: boolean
}

const COUNTS = Symbol('routemeter.sent')

/**
 * Counts the bytes of a body as they are written, after any compression that is mounted behind this. The functions are
 * the same for all answers, so that none are made for each.
 */
export function sentBytes(response: Counted): { readonly bytes: number } {
  const known = response[COUNTS]
  // Two meters on one answer share the count.
  if (known !== undefined) return known
  const counts: Counts = { write: response.write, end: response.end, bytes: 0, isEnding: false }
  response[COUNTS] = counts
  response.write = countedWrite as Write
  response.end = countedEnd as End
  return counts
}

function countedWrite(this: Counted, chunk: unknown, encoding: never, callback: never): boolean {
  const counts = countsOf(this)
  // HTTP/2's end() calls write().
  if (!counts.isEnding) counts.bytes += sizeOf(chunk, encoding)
  return counts.write.call(this, chunk, encoding, callback)
}

function countedEnd(this: Counted, chunk: unknown, encoding: never, callback: never): unknown {
  const counts = countsOf(this)
  if (!counts.isEnding) counts.bytes += sizeOf(chunk, encoding)
  counts.isEnding = true
  return counts.end.call(this, chunk, encoding, callback)
}

function countsOf(response: Counted): Counts {
  const counts = response[COUNTS]
  if (counts === undefined) throw new TypeError('write and end belong to the answer from which they were taken')
  return counts
}

function sizeOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0
}
