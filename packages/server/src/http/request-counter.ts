/** How many requests one key may make in a minute. */
export interface Allowance {
  readonly key: string
  readonly allowed: number
}

/** Where an allowance stands: the requests counted in its present minute, and when that ends. */
export interface Standing {
  readonly count: number
  readonly allowed: number
  /** Milliseconds until the next minute; a whole minute while none has begun. */
  readonly resetMs: number
}

export interface Taking {
  /** False when one of the allowances was used up: then nothing was counted. */
  readonly taken: boolean
  /** In the order of the allowances, after what was taken. */
  readonly standings: readonly Standing[]
}

/**
 * Where requests are counted: the seam for several nodes. `request-counter.contract.ts` is the executable half of this
 * file, and `MemoryRequestCounter` is right for one process. A shared one counts all allowances of a request in one
 * step: a Lua script in Redis (GET all, then INCR all and PEXPIRE the new ones), a row lock in PostgreSQL.
 *
 * A key's minute starts with the first request that is counted in it and does not move. A refused request is not
 * counted anywhere: who hammers on past its own limit takes nothing from its organization's.
 */
export interface RequestCounter {
  /** Counts one request against every one of these allowances, or against none when one has no room. */
  take(allowances: readonly Allowance[]): Promise<Taking>

  /** Where they stand, counting nothing. */
  look(allowances: readonly Allowance[]): Promise<readonly Standing[]>
}

export const MINUTE_MS = 60_000

/** Minutes remembered at once, some 200 bytes each; past it the oldest is forgotten, and its key starts a new one. */
const REMEMBERED = 100_000

interface Minute {
  readonly startedAt: number
  count: number
}

/** Counts exactly within one process, in bounded memory: nothing but a counted request opens a minute. */
export class MemoryRequestCounter implements RequestCounter {
  /** In the order in which they started. */
  readonly #minutes = new Map<string, Minute>()
  readonly #now: () => number
  readonly #mostRemembered: number

  /** @param now epoch milliseconds. */
  constructor(now: () => number, mostRemembered = REMEMBERED) {
    this.#now = now
    this.#mostRemembered = mostRemembered
  }

  get remembered(): number {
    return this.#minutes.size
  }

  /** Never gives way between looking and counting: that is what makes it exact. */
  async take(allowances: readonly Allowance[]): Promise<Taking> {
    const now = this.#now()
    const taken = allowances.every(({ key, allowed }) => (this.#current(key, now)?.count ?? 0) < allowed)
    if (taken) for (const { key } of allowances) this.#count(key, now)
    return { taken, standings: this.#standings(allowances, now) }
  }

  async look(allowances: readonly Allowance[]): Promise<readonly Standing[]> {
    return this.#standings(allowances, this.#now())
  }

  #standings(allowances: readonly Allowance[], now: number): readonly Standing[] {
    return allowances.map(({ key, allowed }) => {
      const minute = this.#current(key, now)
      if (minute === undefined) return { count: 0, allowed, resetMs: MINUTE_MS }
      return { count: minute.count, allowed, resetMs: minute.startedAt + MINUTE_MS - now }
    })
  }

  #count(key: string, now: number): void {
    const minute = this.#current(key, now)
    if (minute !== undefined) minute.count += 1
    else this.#open(key, now)
  }

  #open(key: string, now: number): void {
    this.#minutes.delete(key)
    this.#forget(now)
    this.#minutes.set(key, { startedAt: now, count: 1 })
  }

  #current(key: string, now: number): Minute | undefined {
    const minute = this.#minutes.get(key)
    return minute !== undefined && isRunning(minute, now) ? minute : undefined
  }

  /** Two for every one that is opened: so the past goes away, and no request pays for all of it. */
  #forget(now: number): void {
    for (let looked = 0; looked < 2; looked++) {
      const [oldest] = this.#minutes
      if (oldest === undefined) return
      const [key, minute] = oldest
      if (isRunning(minute, now) && this.#minutes.size < this.#mostRemembered) return
      this.#minutes.delete(key)
    }
  }
}

/** A clock that was set back starts a new minute, rather than make somebody wait for the old one to come again. */
function isRunning({ startedAt }: Minute, now: number): boolean {
  return startedAt <= now && now < startedAt + MINUTE_MS
}
