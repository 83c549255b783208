import type { MeterControl } from './meter.ts'
import type { Settings } from './settings.ts'

const meters = new Set<MeterControl>()

/**
 * Sends what is left when the process runs out of work, and on the signals that were asked for.
 * @returns what ends that.
 */
export function sendAtTheEnd(meter: MeterControl, { sendOnSignals, closeTimeoutMs }: Settings): () => void {
  if (meters.size === 0) process.on('beforeExit', closeAll)
  meters.add(meter)
  const onSignal = (signal: NodeJS.Signals) => {
    const isOurs = process.listeners(signal).every((listener) => signalListeners.has(listener))
    // Somebody else who listens lets the last requests finish, and those are counted too.
    const rest = isOurs ? meter.close() : atMost(closeTimeoutMs, meter.flush())
    void rest.then(() => {
      forget()
      // Nobody else would end the process: it ends as if nobody had listened.
      if (isOurs && process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    })
  }
  const forget = () => {
    for (const signal of sendOnSignals) process.off(signal, onSignal)
    signalListeners.delete(onSignal)
  }
  signalListeners.add(onSignal)
  for (const signal of sendOnSignals) process.on(signal, onSignal)
  return () => {
    forget()
    meters.delete(meter)
    if (meters.size === 0) process.off('beforeExit', closeAll)
  }
}

/** Those of all meters of this process. */
const signalListeners = new Set<unknown>()

function closeAll(): void {
  for (const meter of meters) void meter.close()
}

function atMost(ms: number, work: Promise<void>): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}
