import type { LiveUsageRow } from '@routemeter/client'
import { useEffect, useState } from 'preact/hooks'
import { api } from '../api.ts'
import { type Filters, filtersOf } from '../view.ts'

/** What was counted in one second. */
export interface Second {
  /** Seconds since 1970. */
  readonly at: number
  readonly rows: readonly LiveUsageRow[]
}

export const SECONDS_KEPT = 300

export interface Live {
  readonly seconds: readonly Second[]
  readonly isConnected: boolean
  readonly error: unknown
}

/** The calls of the last minutes as they are counted; comes back where it was when the connection breaks. */
export function useLive(filters: Filters, isPaused: boolean): Live {
  const [seconds, setSeconds] = useState<readonly Second[]>([])
  const [isConnected, setConnected] = useState(false)
  const [error, setError] = useState<unknown>()
  const key = JSON.stringify(filters)
  useEffect(() => {
    if (isPaused) return
    const ending = new AbortController()
    const { signal } = ending
    const wanted = filtersOf(JSON.parse(key) as Filters)
    const follow = async () => {
      const groupBy = ['clientId', 'clientName', 'templateUri'] as const
      for await (const event of api.usage.live({ groupBy, filters: wanted, signal })) {
        setConnected(true)
        if (event.event === 'usage') setSeconds((before) => added(before, Date.parse(event.time), event.rows))
      }
    }
    follow()
      .catch((problem) => signal.aborted || setError(problem))
      .finally(() => setConnected(false))
    return () => ending.abort()
  }, [key, isPaused])
  return { seconds, isConnected, error }
}

function added(before: readonly Second[], time: number, rows: readonly LiveUsageRow[]): readonly Second[] {
  const at = Math.floor(time / 1000)
  const last = before.at(-1)
  const kept = before.filter((second) => second.at > at - SECONDS_KEPT)
  if (last?.at !== at) return [...kept, { at, rows }]
  return [...kept.slice(0, -1), { at, rows: [...last.rows, ...rows] }]
}
