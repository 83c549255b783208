import type { IncomingMessage } from 'node:http'

/** Bytes of a request's body: as announced, or as they come where it is sent in chunks. */
export function receivedBytes(request: IncomingMessage): { readonly bytes: number } {
  const { 'content-length': announced, 'transfer-encoding': encoding } = request.headers
  if (encoding === undefined) return announced === undefined ? NONE : { bytes: wholeNumber(announced) }
  const received = { bytes: 0 }
  const { push } = request
  // Listening to 'data' would make the stream flow before the service wants it to.
  request.push = function (this: IncomingMessage, chunk: Buffer | null, ...rest) {
    received.bytes += chunk?.length ?? 0
    return push.call(this, chunk, ...rest)
  }
  return received
}

const NONE = { bytes: 0 }

function wholeNumber(text: string): number {
  const number = Number(text)
  return Number.isSafeInteger(number) && number >= 0 ? number : 0
}
