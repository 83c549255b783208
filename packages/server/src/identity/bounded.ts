import { Refusal } from '../domain/refusal.ts'

/**
 * Makes what runs work a few pieces at a time, the rest waiting in order.
 * @throws Refusal too.many.requests (from the returned function) when too many wait already.
 */
export function bounded(atOnce: number, mayWait: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= atOnce) {
      if (waiting.length >= mayWait) throw tooBusy()
      // Whoever leaves hands its place on, so that `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}

function tooBusy(): Refusal {
  return new Refusal(
    'too.many.requests',
    'Too many secrets are being checked. Retry the request in [{seconds}] seconds',
    { seconds: '1' },
    { retryAfter: 1 },
  )
}
