import type { CallOptions } from './usage-api.ts'
import type { UsageDimension } from './usage-table.ts'

/** New calls of one group. */
export type LiveUsageRow = { readonly [Dimension in UsageDimension]?: string } & {
  readonly requests: number
  readonly status200: number
  readonly status300: number
  readonly status400: number
  readonly status500: number
  /** A part of status400. */
  readonly status429: number
}

/** `usage` tells what was counted since the event before, `time` is when the last of it was. */
export type LiveUsageEvent =
  | { readonly event: 'usage'; readonly id: string; readonly time: string; readonly rows: readonly LiveUsageRow[] }
  /**
   * What follows does not continue what went before: read the numbers anew, and add what follows. `begin` is the start,
   * `missed` a gap that was too long, `recounted` that what was counted was moved to other route templates or erased.
   */
  | { readonly event: 'reset'; readonly id: string; readonly reason: 'begin' | 'missed' | 'recounted' }

export interface LiveOptions extends CallOptions {
  /** What rows are told apart by; without it each event has one row, the total. */
  readonly groupBy?: readonly UsageDimension[]
  /** A call passes when for every dimension named here its value is one of these. */
  readonly filters?: Readonly<Partial<Record<UsageDimension, readonly string[]>>>
  /** The id of the last event that came, of an earlier stream: this one goes on after it. */
  readonly lastEventId?: string
}

export interface DimensionValues {
  /** By code point. */
  readonly values: readonly string[]
  /** There are more than these. */
  readonly truncated: boolean
  /** For clientId: the name of each client, `""` for one without. */
  readonly clientNames?: readonly string[]
}
