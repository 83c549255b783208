import { TAGS } from './packed-run.ts'

/** A tag more than once round would be taken for a younger one; some are left free for what is not dropped yet. */
const MOST_LIVE = TAGS - 2

/** Tags stand for a day each, or for a few days when more are remembered than there are tags. */
export class Generations {
  readonly #dedupeDays: number
  readonly #days: number
  #newest = 0

  constructor(dedupeDays: number) {
    this.#dedupeDays = dedupeDays
    this.#days = daysOfTag(dedupeDays)
  }

  /** The newest day that has passed. */
  get newest(): number {
    return this.#newest
  }

  /** Whether what was tagged and kept for so many remembered days has all that is remembered now, under the same tags. */
  isAsFor(dedupeDays: number): boolean {
    return daysOfTag(dedupeDays) === this.#days && dedupeDays >= this.#dedupeDays
  }

  /** Days only ever pass: a clock that goes back forgets nothing. */
  pass(day: number): void {
    this.#newest = Math.max(this.#newest, day)
  }

  /** The first day that is remembered on this day. */
  firstDay(today: number): number {
    return today - this.#dedupeDays
  }

  tagOf(day: number): number {
    return this.#generationOf(day) % TAGS
  }

  /** The same for a column that is never negative. */
  tagSql(day: string): string {
    return `${day} // ${this.#days} % ${TAGS}`
  }

  /** False when all days of the tag are past. */
  isLive(tag: number): boolean {
    return (this.#generationOf(this.#newest) - tag + TAGS) % TAGS <= this.#live
  }

  /** The days that a live tag stands for. */
  daysOf(tag: number): { readonly first: number; readonly last: number } {
    const newest = this.#generationOf(this.#newest)
    const generation = newest - ((newest - tag + TAGS) % TAGS)
    return { first: generation * this.#days, last: (generation + 1) * this.#days - 1 }
  }

  /** Live tags, the oldest first. */
  get tags(): readonly number[] {
    const newest = this.#generationOf(this.#newest)
    return Array.from({ length: this.#live + 1 }, (_, index) => (newest - this.#live + index + TAGS) % TAGS)
  }

  /** How many tags before the newest one are live. */
  get #live(): number {
    return this.#generationOf(this.#newest) - this.#generationOf(this.firstDay(this.#newest))
  }

  #generationOf(day: number): number {
    return Math.floor(Math.max(0, day) / this.#days)
  }
}

/** How many days a tag stands for. */
function daysOfTag(dedupeDays: number): number {
  return Math.ceil((dedupeDays + 1) / (MOST_LIVE - 1))
}
