import { createHash } from 'node:crypto'

/** Failed attempts that a client id and address have in one window; the next one waits for its end. */
const FAILURES_ALLOWED = 10
const WINDOW_MS = 60_000
/** Pairs remembered at once (some 100 bytes each); past it the oldest window is forgotten. */
const REMEMBERED = 10_000

interface Window {
  readonly endsAt: number
  failures: number
}

/**
 * Counts failed sign-ins by client id and address together: who guesses locks out itself, and never the client's
 * owner at another address (decisions.md 22). Kept in memory; a restart forgives.
 */
export class Attempts {
  readonly #windows = new Map<string, Window>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Whole seconds until another attempt is let through; undefined when it is now. */
  wait(clientId: string, address: string): number | undefined {
    const window = this.#current(keyOf(clientId, address))
    if (window === undefined || window.failures < FAILURES_ALLOWED) return undefined
    return Math.max(1, Math.ceil((window.endsAt - this.#now()) / 1000))
  }

  /** True for the failure that locks. */
  failed(clientId: string, address: string): boolean {
    const key = keyOf(clientId, address)
    const window = this.#current(key) ?? this.#open(key)
    window.failures += 1
    return window.failures === FAILURES_ALLOWED
  }

  succeeded(clientId: string, address: string): void {
    this.#windows.delete(keyOf(clientId, address))
  }

  get remembered(): number {
    return this.#windows.size
  }

  #current(key: string): Window | undefined {
    const window = this.#windows.get(key)
    if (window === undefined || window.endsAt > this.#now()) return window
    this.#windows.delete(key)
    return undefined
  }

  #open(key: string): Window {
    const oldest = this.#windows.size < REMEMBERED ? undefined : this.#windows.keys().next().value
    if (oldest !== undefined) this.#windows.delete(oldest)
    const window = { endsAt: this.#now() + WINDOW_MS, failures: 0 }
    this.#windows.set(key, window)
    return window
  }
}

/** As long whatever a stranger sends as a client id. */
function keyOf(clientId: string, address: string): string {
  return createHash('sha256')
    .update(JSON.stringify([clientId, address]))
    .digest('base64url')
}
