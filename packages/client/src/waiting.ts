/**
 * Resolves after so many milliseconds.
 * @throws the signal's reason as soon as it aborts.
 */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', aborted, { once: true })
    function done(): void {
      signal?.removeEventListener('abort', aborted)
      resolve()
    }
    function aborted(): void {
      clearTimeout(timer)
      reject(signal?.reason)
    }
  })
}

const FIRST_BACKOFF_MS = 200
const LONGEST_BACKOFF_MS = 5_000

/** How long to wait before the next attempt, after so many retries, when the server does not say: 0.2 s, 0.4 s, … 5 s. */
export function backoffMs(retries: number): number {
  const longest = Math.min(FIRST_BACKOFF_MS * 2 ** retries, LONGEST_BACKOFF_MS)
  // Half of it at random, so that clients that were refused together do not come back together.
  return longest / 2 + (Math.random() * longest) / 2
}

/** The promise's outcome, or the signal's reason if it aborts before; the work itself goes on. */
export async function unlessAborted<Value>(work: Promise<Value>, signal?: AbortSignal): Promise<Value> {
  if (signal === undefined) return work
  // Nobody waits for it any more, and it may fail yet.
  if (signal.aborted) work.catch(() => {})
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** One signal that aborts when any of these does; undefined when there is none. */
export function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined)
  return given.length > 1 ? AbortSignal.any(given) : given[0]
}
