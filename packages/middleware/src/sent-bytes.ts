import type { ServerResponse } from 'node:http'

/** Counts the bytes of a body as they are written, after any compression that is mounted behind this. */
export function countSent(response: ServerResponse): () => number {
  let bytes = 0
  // HTTP/2's end() calls write().
  let isEnding = false
  const { write, end } = response
  response.write = ((...args: Parameters<typeof write>) => {
    if (!isEnding) bytes += sizeOf(args[0], args[1])
    return write.apply(response, args)
  }) as typeof write
  response.end = ((...args: Parameters<typeof end>) => {
    if (!isEnding) bytes += sizeOf(args[0], args[1])
    isEnding = true
    return end.apply(response, args)
  }) as typeof end
  return () => bytes
}

function sizeOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0
}
