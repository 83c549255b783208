import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FinishedCall } from './finished-call.ts'
import { receivedBytes } from './received-bytes.ts'
import { sentBytes } from './sent-bytes.ts'

/** What nginx calls an answer that nobody waited for (sources.md, "Decided"). */
const CALLER_LEFT = 499
const LARGEST_STATUS = 599

/** A call as node:http sees it; the framework adds the route. */
export interface MeasuredCall extends FinishedCall {
  template: string | undefined
}

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
  const received = receivedBytes(request)
  const sent = sentBytes(response)
  // Emitted once; `once` would cost an object more.
  response.on('close', () => {
    const status = response.headersSent ? Math.min(response.statusCode, LARGEST_STATUS) : statusUnsent()
    const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
    finished({
      time,
      method,
      path: pathOf(url),
      template: undefined,
      status,
      durationMs: performance.now() - start,
      requestBytes: received.bytes,
      responseBytes: hasBody ? sent.bytes : 0,
    })
  })
}

function callerLeft(): number {
  return CALLER_LEFT
}

/** The path of a request's target, which may be a whole address; its query, which may hold secrets, is left behind. */
export function pathOf(url: string): string {
  const whole = before(before(url, '?'), '#')
  if (whole.startsWith('/')) return whole
  const origin = /^[a-z][a-z\d+.-]*:\/\/[^/]*/i.exec(whole)?.[0] ?? ''
  return whole.slice(origin.length) || '/'
}

function before(text: string, mark: string): string {
  const end = text.indexOf(mark)
  return end < 0 ? text : text.slice(0, end)
}
