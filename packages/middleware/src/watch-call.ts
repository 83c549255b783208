import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FinishedCall } from './finished-call.ts'
import { countSent } from './sent-bytes.ts'

/** What nginx calls an answer that nobody waited for (sources.md, "Decided"). */
const CALLER_LEFT = 499
const LARGEST_STATUS = 599

/** A call as node:http sees it; the framework knows its route. */
export type MeasuredCall = Omit<FinishedCall, 'template'>

/**
 * Measures a call from now until its answer has gone out or the connection is gone; streams are measured to their end.
 * @param finished called once, after the answer: nothing that it does delays the caller.
 * @param statusUnsent the status of a call that ended without an answer; asked when it has ended.
 */
export function watchCall(
  request: IncomingMessage & { readonly originalUrl?: string },
  response: ServerResponse,
  finished: (call: MeasuredCall) => void,
  statusUnsent: () => number = callerLeft,
): void {
  const time = Date.now()
  const start = performance.now()
  // Routers cut it while they work.
  const url = request.originalUrl ?? request.url ?? ''
  const method = request.method ?? ''
  const received = countReceived(request)
  const sent = countSent(response)
  response.once('close', () => {
    const status = response.headersSent ? Math.min(response.statusCode, LARGEST_STATUS) : statusUnsent()
    const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
    finished({
      time,
      method,
      path: pathOf(url),
      status,
      durationMs: performance.now() - start,
      requestBytes: received(),
      responseBytes: hasBody ? sent() : 0,
    })
  })
}

function callerLeft(): number {
  return CALLER_LEFT
}

/** The path of a request's target, which may be a whole address; its query, which may hold secrets, is left behind. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  const whole = end < 0 ? url : url.slice(0, end)
  if (whole.startsWith('/')) return whole
  const origin = /^[a-z][a-z\d+.-]*:\/\/[^/]*/i.exec(whole)?.[0] ?? ''
  return whole.slice(origin.length) || '/'
}

/** Bytes of the request's body: as announced, or counted as they come where it is sent in chunks. */
function countReceived(request: IncomingMessage): () => number {
  const { 'content-length': announced, 'transfer-encoding': encoding } = request.headers
  if (encoding === undefined) return () => wholeNumber(announced)
  let bytes = 0
  const push = request.push
  // Listening to 'data' would make the stream flow before the service wants it to.
  request.push = function (this: IncomingMessage, chunk: Buffer | null, ...rest) {
    bytes += chunk?.length ?? 0
    return push.call(this, chunk, ...rest)
  }
  return () => bytes
}

function wholeNumber(text: string | undefined): number {
  const number = text === undefined ? 0 : Number(text)
  return Number.isSafeInteger(number) && number >= 0 ? number : 0
}
