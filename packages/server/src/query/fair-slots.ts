import { Refusal } from '../domain/refusal.ts'
import { FairQueue } from './fair-queue.ts'

/** Seconds after which those who wait have probably moved on. */
const RETRY_SECONDS = 5

interface Waiting {
  readonly enter: () => void
}

/** So much at once, the rest in turn: first come, first served within an owner, round-robin across (decisions.md 14). */
export class FairSlots {
  readonly #atOnce: number
  readonly #mostWaiting: number
  readonly #queue = new FairQueue<Waiting>()
  #taken = 0

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce
    this.#mostWaiting = mostWaiting
  }

  /**
   * Resolves when the owner's turn has come; disposing of what it gives ends the turn.
   * @throws Refusal too.many.requests when so many of this owner wait already, the signal's reason when it aborts first.
   */
  async enter(owner: string, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted()
    if (this.#taken < this.#atOnce) this.#taken += 1
    else await this.#wait(owner, signal)
    return { [Symbol.dispose]: () => this.#leave() }
  }

  #wait(owner: string, signal: AbortSignal): Promise<void> {
    if (this.#queue.waiting(owner) >= this.#mostWaiting) throw tooMany(this.#mostWaiting)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting = {
      enter: () => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      },
    }
    const giveUp = () => {
      this.#queue.remove(owner, (other) => other === waiting)
      reject(signal.reason)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    this.#queue.add(owner, waiting)
    return promise
  }

  /** The turn goes on to whoever is next. */
  #leave(): void {
    const next = this.#queue.take()
    if (next === undefined) this.#taken -= 1
    else next.enter()
  }
}

function tooMany(limit: number): Refusal {
  return new Refusal(
    'too.many.requests',
    'Your organization has [{limit}] usage queries waiting, which is the maximum. Retry the request in [{seconds}] seconds',
    { limit: String(limit), seconds: String(RETRY_SECONDS) },
    { retryAfter: RETRY_SECONDS },
  )
}
