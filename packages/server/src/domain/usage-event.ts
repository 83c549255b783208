import type { Weight } from './weight.ts'

/** One finished API call as it is counted: validated, its path resolved, a missing value as "". */
export interface UsageEvent {
  /** The sender's id. With organization and time it identifies the event; without one a resend cannot be recognized. */
  readonly id: string | undefined
  /** When the call arrived: whole milliseconds since 1970. */
  readonly time: number
  readonly organizationId: string
  readonly clientId: string
  /** The client's name as this event gives it; "" when it gives none. */
  readonly clientName: string
  readonly userId: string
  /** Upper case. */
  readonly httpMethod: string
  /** Without a leading slash, or one of the catalogue's reserved values. */
  readonly templateUri: string
  readonly platform: string
  /** 100 to 599. */
  readonly status: number
  /** Whole microseconds; undefined where `weight` tells them. */
  readonly durationMicros: number | undefined
  readonly requestBytes: number | undefined
  readonly responseBytes: number | undefined
  /** A platform administrator reported it, so its client is authorized in its organization (decisions.md 15). */
  readonly fromPlatform: boolean
  /** Of an event that stands for many calls, whose bytes are sums; undefined for one call. */
  readonly weight: Weight | undefined
}
