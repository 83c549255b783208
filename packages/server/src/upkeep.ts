import type { Log } from './domain/log.ts'
import { StoreUnavailable, type UsageStore } from './store/usage-store.ts'

const HOUR_MS = 3_600_000

export interface UpkeepParts {
  readonly store: Pick<UsageStore, 'maintain' | 'retain'>
  /** Writes what was seen since the last time of paths that no template fits. */
  readonly keepUnmatched: () => Promise<void>
  readonly log: Log
  readonly now: () => number
  /** 0 keeps usage for ever. */
  readonly retentionMonths: number
  readonly everyMs: number
}

/**
 * Lets the store fold what was committed, again and again, and takes out what is past retention, once an hour. Disposing
 * does not wait for all of that: the rest is done after the next start.
 */
export function startUpkeep(parts: UpkeepParts): AsyncDisposable {
  const { store, keepUnmatched, log, now, retentionMonths, everyMs } = parts
  let underWay: Promise<void> | undefined
  let retainedAt = Number.NEGATIVE_INFINITY
  const stop = new AbortController()

  const upkeep = async () => {
    try {
      await store.maintain(stop.signal)
      if (retentionMonths > 0 && now() >= retainedAt + HOUR_MS) {
        retainedAt = now()
        await store.retain(retentionStart(retentionMonths, retainedAt), stop.signal)
      }
      await keepUnmatched()
    } catch (err) {
      if (!stop.signal.aborted) log.error({ err }, 'the upkeep of the store failed; it is tried again')
    } finally {
      underWay = undefined
    }
  }
  const timer = setInterval(() => {
    underWay ??= upkeep()
  }, everyMs).unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      stop.abort(new StoreUnavailable('The server is stopping.'))
      await underWay
    },
  }
}

/** The oldest instant that is kept, milliseconds since 1970: so many calendar months (UTC) ago; 0 keeps everything. */
export function retentionStart(months: number, now: number): number {
  if (months === 0) return 0
  const start = new Date(now)
  const day = start.getUTCDate()
  start.setUTCDate(1)
  start.setUTCMonth(start.getUTCMonth() - months)
  const daysInMonth = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 0)).getUTCDate()
  start.setUTCDate(Math.min(day, daysInMonth))
  return Math.max(0, start.getTime())
}
