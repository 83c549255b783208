import { Refusal } from '../domain/refusal.ts'

/** A sender that comes back after this time finds room, unless all of them send more than can be counted. */
const RETRY_SECONDS = 1

export interface InFlightLimits {
  readonly maxEventsInFlight: number
  readonly maxBytesInFlight: number
}

/**
 * What has been received and is not committed yet, in events and bytes of bodies, within limits. What alone exceeds
 * them is let in while nothing else is there: otherwise it could never be sent.
 */
export class InFlight {
  readonly #limits: InFlightLimits
  #bytes = 0
  #events = 0

  constructor(limits: InFlightLimits) {
    this.#limits = limits
  }

  /** @throws Refusal service.unavailable when there is no room. */
  addBody(bytes: number): void {
    const { maxBytesInFlight, maxEventsInFlight } = this.#limits
    if (this.#bytes > 0 && this.#bytes + bytes > maxBytesInFlight) throw tooBusy()
    if (this.#events >= maxEventsInFlight) throw tooBusy()
    this.#bytes += bytes
  }

  /** @throws Refusal service.unavailable when there is no room. */
  addEvents(events: number): void {
    if (this.#events > 0 && this.#events + events > this.#limits.maxEventsInFlight) throw tooBusy()
    this.#events += events
  }

  removeBody(bytes: number): void {
    this.#bytes -= bytes
  }

  removeEvents(events: number): void {
    this.#events -= events
  }
}

function tooBusy(): Refusal {
  return new Refusal(
    'service.unavailable',
    'Events arrive faster than they can be counted. Nothing of this body was counted; send it again in {seconds} s.',
    { seconds: String(RETRY_SECONDS) },
    { retryAfter: RETRY_SECONDS },
  )
}
