import type { CountedCalls } from '../../store/usage-store.ts'
import type { CommitRing } from './commit-ring.ts'

/** Why what follows does not continue what went before: read the numbers anew, then add what follows. */
export type ResetReason =
  /** The stream begins here. */
  | 'begin'
  /** What the last place named is followed by is no longer known. */
  | 'missed'
  /** What was counted before was moved to other route templates, or erased. */
  | 'recounted'

export type LiveStep =
  | { readonly kind: 'reset'; readonly reason: ResetReason }
  /** `at`: when the last of them was counted, milliseconds since 1970. */
  | { readonly kind: 'usage'; readonly at: number; readonly calls: readonly CountedCalls[] }

/** Whoever reads was too slow: what would follow is gone. */
export class ReaderTooSlow extends Error {
  override readonly name = 'ReaderTooSlow'
}

/** Counted rows that one step has, and those of the commit that makes them more. */
const ENOUGH_ROWS = 5_000

/** One reader's place among an organization's commits. Nothing is kept for it but the place. */
export class LiveReader implements Disposable {
  readonly #ring: CommitRing
  readonly #end: () => void
  #sequence: number
  #reset: ResetReason | undefined
  /** Called whenever there is something to take. */
  onMore: () => void = () => {}
  /** Called when the server ends all reading. */
  onEnd: () => void = () => {}

  /** @param place where a reader was before, as `place` had it. */
  constructor(ring: CommitRing, place: string | undefined, end: () => void) {
    this.#ring = ring
    this.#end = end
    const sequence = place === undefined ? undefined : sequenceOf(ring, place)
    this.#sequence = sequence ?? ring.last
    if (sequence === undefined) this.#reset = place === undefined ? 'begin' : 'missed'
  }

  /** Names this place, for a reader who comes back. */
  get place(): string {
    return `${this.#ring.epoch}-${this.#sequence}`
  }

  get hasMore(): boolean {
    return this.#reset !== undefined || this.#sequence < this.#ring.last
  }

  /**
   * What happened since the last step; undefined when nothing did.
   * @throws ReaderTooSlow
   */
  take(): LiveStep | undefined {
    const reason = this.#reset
    if (reason !== undefined) {
      this.#reset = undefined
      return { kind: 'reset', reason }
    }
    if (!this.#ring.reaches(this.#sequence)) throw new ReaderTooSlow('the reader fell behind what is kept')
    const entries = this.#ring.after(this.#sequence, ENOUGH_ROWS)
    const recounted = entries.findLastIndex(({ calls }) => calls === undefined)
    const [last] = recounted < 0 ? entries.slice(-1) : entries.slice(recounted, recounted + 1)
    if (last === undefined) return undefined
    this.#sequence = last.sequence
    // What went before is in the numbers that are read anew.
    if (last.calls === undefined) return { kind: 'reset', reason: 'recounted' }
    return { kind: 'usage', at: last.at, calls: entries.flatMap(({ calls = [] }) => calls) }
  }

  [Symbol.dispose](): void {
    this.#end()
  }
}

function sequenceOf(ring: CommitRing, place: string): number | undefined {
  const [, epoch, sequence] = /^([0-9a-f]{16})-(\d{1,15})$/.exec(place) ?? []
  return epoch === ring.epoch && ring.reaches(Number(sequence)) ? Number(sequence) : undefined
}
