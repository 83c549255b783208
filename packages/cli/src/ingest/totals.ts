import type { RejectedLine } from './body-builder.ts'
import type { Outcome } from './delivery.ts'

/** What became of everything that was read. `read` is the sum of the others, but for `unmatched`. */
export interface Summary {
  /** Calls that were read, blank lines left out. */
  readonly read: number
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: number
  /** Of the rejected: why, and how many. */
  readonly reasons: Readonly<Record<string, number>>
  /** Of the accepted and duplicates: those with a path that fits no known route template. */
  readonly unmatched: number
  /** Left out by --exclude; there when that was given. */
  readonly excluded?: number
}

/** Adds up, as bodies are answered. */
export class Totals {
  #read = 0
  #accepted = 0
  #duplicates = 0
  #rejected = 0
  #unmatched = 0
  #excluded = 0
  readonly #reasons = new Map<string, number>()
  /** For each reason the first text. */
  readonly examples = new Map<string, string>()

  get read(): number {
    return this.#read
  }

  get rejected(): number {
    return this.#rejected
  }

  add(body: { readonly read: number; readonly excluded: number }, outcome: Outcome): void {
    this.#read += body.read
    this.#excluded += body.excluded
    this.#accepted += outcome.accepted
    this.#duplicates += outcome.duplicates
    this.#unmatched += outcome.unmatched
    for (const line of outcome.rejected) this.#addReject(line)
  }

  summary(withExcluded: boolean): Summary {
    return {
      read: this.#read,
      accepted: this.#accepted,
      duplicates: this.#duplicates,
      rejected: this.#rejected,
      reasons: Object.fromEntries([...this.#reasons].sort(([, a], [, b]) => b - a)),
      unmatched: this.#unmatched,
      ...(withExcluded ? { excluded: this.#excluded } : {}),
    }
  }

  #addReject({ code, reason }: RejectedLine): void {
    // A reason names the value that came: told apart by them, there would be as many reasons as lines.
    const [, field] = /^The field \[(\w+)\]/.exec(reason) ?? []
    const key = field === undefined ? code : `${code} (${field})`
    this.#rejected++
    this.#reasons.set(key, (this.#reasons.get(key) ?? 0) + 1)
    if (!this.examples.has(key)) this.examples.set(key, reason)
  }
}
