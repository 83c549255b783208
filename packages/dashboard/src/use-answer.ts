import { useEffect, useRef, useState } from 'preact/hooks'
import { isSignedOut } from './api.ts'

export interface Answer<Value> {
  /** The last one that came; it stays while the next is on its way. */
  readonly value: Value | undefined
  readonly error: unknown
  readonly isLoading: boolean
  reload(): void
}

/**
 * Asks whenever `key` changes and, with `everyMs`, again and again while the page is looked at. A question that is no
 * longer of interest is aborted.
 */
export function useAnswer<Value>(
  key: string,
  ask: (signal: AbortSignal) => Promise<Value>,
  everyMs?: number,
): Answer<Value> {
  const [state, setState] = useState<{ key: string; value?: Value; error?: unknown }>({ key: '' })
  const [turn, setTurn] = useState(0)
  const latest = useRef(ask)
  latest.current = ask
  // The key stands for what is asked, the turn for asking again.
  useEffect(() => {
    const asking = new AbortController()
    latest.current(asking.signal).then(
      (value) => setState({ key, value }),
      (error) => {
        if (asking.signal.aborted) return
        if (isSignedOut(error)) dispatchEvent(new Event(SIGNED_OUT))
        setState((before) => ({ ...(before.key === key ? before : {}), key, error }))
      },
    )
    return () => asking.abort()
  }, [key, turn])
  useEffect(() => {
    if (everyMs === undefined) return
    const timer = setInterval(() => {
      if (!document.hidden) setTurn((before) => before + 1)
    }, everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  const { value, error } = state
  return { value, error, isLoading: state.key !== key, reload: () => setTurn((before) => before + 1) }
}

/** Somebody's session is over: the page that hears it asks them to sign in again. */
export const SIGNED_OUT = 'routemeter:signed-out'
