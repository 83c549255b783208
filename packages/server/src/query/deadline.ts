/** A signal that aborts when `stop` does, or as a TimeoutError after so many milliseconds; dispose it when the work is done. */
export function deadline(stop: AbortSignal, ms: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const onStop = () => controller.abort(stop.reason)
  const onTimeout = () => controller.abort(new DOMException(`it took longer than ${ms} ms`, 'TimeoutError'))
  stop.addEventListener('abort', onStop, { once: true })
  if (stop.aborted) onStop()
  const timer = setTimeout(onTimeout, ms).unref()
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer)
      stop.removeEventListener('abort', onStop)
    },
  }
}
