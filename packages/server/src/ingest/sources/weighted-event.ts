import type { Weight } from '../../domain/weight.ts'

/** What a source yields for calls that were added up where they were made (decisions.md 5). */
export class WeightedEvent {
  /** The event of api.md §3 that it is, still unchecked; without a duration, and with sums of bytes. */
  readonly event: unknown
  readonly weight: Weight

  constructor(event: unknown, weight: Weight) {
    this.event = event
    this.weight = weight
  }
}
