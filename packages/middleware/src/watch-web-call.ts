import { type MeasuredCall, pathOf } from './watch-call.ts'

/**
 * Measures a call that is a Web Request, from now until its answer's body was read to the end or given up.
 * @returns hands on the answer, its body counted as it is read.
 */
export function watchWebCall(
  request: Request,
  finished: (call: MeasuredCall) => void,
): (response: Response) => Response {
  const time = Date.now()
  const start = performance.now()
  return (response) => {
    let bytes = 0
    const end = () =>
      finished({
        time,
        method: request.method,
        path: pathOf(request.url),
        template: undefined,
        status: response.status,
        durationMs: performance.now() - start,
        requestBytes: Number(request.headers.get('content-length') ?? 0),
        responseBytes: bytes,
      })
    if (response.body === null) {
      end()
      return response
    }
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        bytes += chunk.byteLength
        controller.enqueue(chunk)
      },
      flush: end,
      cancel: end,
    })
    return new Response(response.body.pipeThrough(counter), response)
  }
}
