/**
 * What went wrong:
 * - `unreachable`: no answer, or a 5xx; tried again.
 * - `busy`: 429 or 503; tried again when the server says.
 * - `unauthorized`: 401 or 403, the key is not taken; events are kept and tried again.
 * - `refused`: any other answer that is not Routemeter's; events are kept and tried again.
 * - `rejected`: Routemeter cannot use these events, and they are not sent again.
 * - `callback`: a function of yours threw, or took too long.
 * - `spool`: the folder cannot be used; events wait in memory.
 */
export type ErrorKind = 'unreachable' | 'busy' | 'unauthorized' | 'refused' | 'rejected' | 'callback' | 'spool'

/** Why events are lost: no room, an event that the server finds too large, half written at a crash, sent after the end. */
export type DropReason = 'memory-full' | 'spool-full' | 'too-large' | 'torn' | 'closed'

export interface Dropped {
  /** Events. */
  readonly count: number
  readonly reason: DropReason
}

/** One event that the server refused, as its receipt says. */
export interface Rejected {
  readonly index: number
  readonly code: string
  readonly message: string
}

export class MeterError extends Error {
  override readonly name = 'MeterError'
  readonly kind: ErrorKind
  /** The answer's HTTP status, where there was one. */
  readonly status: number | undefined
  /** Of kind `rejected`: how many, and the first hundred of them. */
  readonly rejected: number
  readonly rejects: readonly Rejected[]

  constructor(
    kind: ErrorKind,
    message: string,
    about: { cause?: unknown; status?: number; rejected?: number; rejects?: readonly Rejected[] } = {},
  ) {
    super(message, 'cause' in about ? { cause: about.cause } : {})
    this.kind = kind
    this.status = about.status
    this.rejected = about.rejected ?? 0
    this.rejects = about.rejects ?? []
  }
}

interface Listeners {
  readonly onError?: ((error: MeterError) => void) | undefined
  readonly onDropped?: ((dropped: Dropped) => void) | undefined
}

const WARN_EVERY_MS = 60_000

/** Tells the service's own functions, or warns; whatever they throw goes no further. */
export class Reports {
  /** Events lost so far. */
  dropped = 0
  readonly #listeners: Listeners
  readonly #warned = new Map<string, { at: number; since: number }>()

  constructor(listeners: Listeners) {
    this.#listeners = listeners
  }

  error(error: MeterError): void {
    const { onError } = this.#listeners
    if (onError === undefined) this.#warn(error.kind, 1, () => error.message)
    else attempt(() => onError(error))
  }

  drop(count: number, reason: DropReason): void {
    if (count === 0) return
    this.dropped += count
    const { onDropped } = this.#listeners
    if (onDropped === undefined) this.#warn(reason, count, (lost) => `${lost} events are lost: ${reason}`)
    else attempt(() => onDropped({ count, reason }))
  }

  /** At most one a minute of a kind: a service that gets thousands of calls a second must stay readable. */
  #warn(kind: string, count: number, text: (count: number) => string): void {
    const now = performance.now()
    const last = this.#warned.get(kind) ?? { at: Number.NEGATIVE_INFINITY, since: 0 }
    const total = last.since + count
    const isDue = now - last.at >= WARN_EVERY_MS
    this.#warned.set(kind, isDue ? { at: now, since: 0 } : { at: last.at, since: total })
    if (isDue) process.emitWarning(text(total), { type: 'RoutemeterWarning', code: kind })
  }
}

function attempt(listener: () => void): void {
  try {
    const returned: unknown = listener()
    // An async listener's rejection must not end the process.
    if (returned instanceof Promise) returned.catch(() => {})
  } catch {
    // It has no one else to tell.
  }
}
