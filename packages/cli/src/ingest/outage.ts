import type { ConnectionError, UsageApiError } from '@routemeter/client'
import { formatDuration } from './words.ts'

/** Tells once that the server is away, and once that it is back, however many bodies wait for it. */
export class Outage {
  readonly #tell: (message: string) => void
  readonly #patienceMs: number
  #isAway = false

  constructor(tell: (message: string) => void, patienceMs: number) {
    this.#tell = tell
    this.#patienceMs = patienceMs
  }

  began(cause: ConnectionError | UsageApiError): void {
    if (this.#isAway) return
    this.#isAway = true
    const patience = Number.isFinite(this.#patienceMs) ? ` for up to ${formatDuration(this.#patienceMs / 1000)}` : ''
    this.#tell(`${cause.message.replace(/\.$/, '')}; trying again${patience}`)
  }

  ended(): void {
    if (this.#isAway) this.#tell('the server answers again')
    this.#isAway = false
  }
}
