import { randomBytes } from 'node:crypto'
import type { CountedCalls } from '../../store/usage-store.ts'

/** One commit of an organization, or, without calls, the news that what was counted before was moved or erased. */
export interface RingEntry {
  readonly sequence: number
  /** When it was counted, milliseconds since 1970. */
  readonly at: number
  readonly calls: readonly CountedCalls[] | undefined
}

export interface RingLimits {
  /** Counted rows that are held; the newest commit is, however large. */
  readonly mostRows: number
  readonly mostCommits: number
}

/** The last commits of an organization in their order, so that a reader who was away for a moment can go on. */
export class CommitRing {
  /** Tells this ring's places from those of another organization, or of before a restart. */
  readonly epoch = randomBytes(8).toString('hex')
  readonly #limits: RingLimits
  readonly #entries: RingEntry[] = []
  /** Of the newest entry; 0 before the first. */
  last = 0
  rows = 0

  constructor(limits: RingLimits) {
    this.#limits = limits
  }

  add(at: number, calls: readonly CountedCalls[] | undefined): void {
    this.#entries.push({ sequence: ++this.last, at, calls })
    this.rows += calls?.length ?? 0
    while (this.rows > this.#limits.mostRows || this.#entries.length > this.#limits.mostCommits) {
      if (!this.forgetOldest()) return
    }
  }

  /** False when there is no more than the newest. */
  forgetOldest(): boolean {
    if (this.#entries.length < 2) return false
    this.rows -= this.#entries.shift()?.calls?.length ?? 0
    return true
  }

  /** Whether everything after this place is still here. */
  reaches(sequence: number): boolean {
    return sequence <= this.last && sequence >= this.last - this.#entries.length
  }

  /**
   * The entries after a place that it reaches, in order; so many that they have `enoughRows`, at least one where there
   * is one.
   */
  after(sequence: number, enoughRows: number): readonly RingEntry[] {
    const first = this.#entries.length - (this.last - sequence)
    let end = first
    for (let rows = 0; end < this.#entries.length && rows < enoughRows; end++) {
      rows += this.#entries[end]?.calls?.length ?? 0
    }
    return this.#entries.slice(first, end)
  }
}
