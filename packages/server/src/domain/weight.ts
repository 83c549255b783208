import { type EventReject, rejectField } from './event-reject.ts'
import { LONGEST_DURATION_MS } from './event-validation.ts'

/**
 * What an event stands for whose source has added calls up already (decisions.md 5). It is one event with one id, and
 * never expanded: its bytes are sums, and its durations are told by bucket.
 */
export interface Weight {
  /** 1 to MOST_CALLS. */
  readonly calls: number
  /** Of no more than `calls` calls; the others tell no duration. */
  readonly durations: readonly DurationBucket[]
}

/** Calls that took this long each. */
export interface DurationBucket {
  /** Whole microseconds. */
  readonly micros: number
  /** 1 or more. */
  readonly calls: number
}

export const MOST_CALLS = 1_000_000_000

/** A weight as it was sent, unchecked. */
export interface SentWeight {
  readonly calls: unknown
  /** Milliseconds and how many calls took as long. */
  readonly durations: Iterable<readonly [milliseconds: unknown, calls: unknown]>
}

/** What the source calls them, for the reasons of rejects. */
export interface WeightFields {
  readonly calls: string
  readonly durations: string
}

const MICROS_PER_MS = 1000

/** Checks a weight. Its durations come to 2^53-1 microseconds in all at most, 285 years: sums stay exact. */
export function readWeight({ calls, durations }: SentWeight, fields: WeightFields): Weight | EventReject {
  if (!isCount(calls) || calls < 1 || calls > MOST_CALLS) {
    return rejectField(fields.calls, calls, `a whole number from 1 to ${MOST_CALLS}`)
  }
  const wrong = (value: unknown, allowed: string) => rejectField(fields.durations, value, allowed)
  const buckets: DurationBucket[] = []
  let told = 0
  let total = 0
  for (const [milliseconds, calls] of durations) {
    if (typeof milliseconds !== 'number' || !(milliseconds >= 0 && milliseconds <= LONGEST_DURATION_MS)) {
      return wrong(milliseconds, `in buckets from 0 to ${LONGEST_DURATION_MS} milliseconds (30 days)`)
    }
    if (!isCount(calls)) return wrong(calls, 'a count of calls for each bucket')
    if (calls === 0) continue
    const micros = Math.round(milliseconds * MICROS_PER_MS)
    told += calls
    total += micros * calls
    buckets.push({ micros, calls })
  }
  if (told > calls) return wrong(told, `of no more calls than ${fields.calls} says, which is ${calls}`)
  if (!Number.isSafeInteger(total)) return wrong(total, `at most ${Number.MAX_SAFE_INTEGER} microseconds in all`)
  return { calls, durations: buckets }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
