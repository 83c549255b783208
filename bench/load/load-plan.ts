import type { EventPlan } from '../events.ts'

/** What a load generator prepares before it begins. */
export interface LoadPlan {
  readonly events: EventPlan
  readonly connections: number
  readonly gzip?: boolean
  readonly pace: Pace
}

export type Pace =
  /** Every body once, the next as soon as a connection is free; the first `warmUp` of them are not measured. */
  | { readonly kind: 'once'; readonly warmUp: number }
  /** As fast as the answers come, the bodies again and again with new ids; the first seconds are not measured. */
  | { readonly kind: 'closed'; readonly warmUpSeconds: number; readonly seconds: number }
  /**
   * At a fixed rate, the bodies again and again with new ids. A body is due whether or not the answers come, and its
   * latency counts from then: no coordinated omission.
   */
  | {
      readonly kind: 'open'
      readonly bodiesPerSecond: number
      readonly warmUpSeconds: number
      readonly seconds: number
    }

export interface LoadTarget {
  /** http:// and a numeric address. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

export interface LoadResult {
  readonly seconds: number
  readonly events: number
  /** Milliseconds of each measured body, from when it was sent, or due, until its answer was read. */
  readonly latencies: readonly number[]
  /** The sum of `accepted` in all answers, those of the warm-up too. */
  readonly accepted: number
  /** Events that were sent, those of the warm-up too. */
  readonly sent: number
}

export type ToGenerator =
  | { readonly kind: 'prepare'; readonly plan: LoadPlan }
  | { readonly kind: 'run'; readonly target: LoadTarget }
  | { readonly kind: 'stop' }

export type FromGenerator =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'done'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly reason: string }
