import type { EventIdOptions } from './event-ids.ts'
import { Generations } from './generations.ts'
import type { Wanted } from './id-rows.ts'
import { KEY_BITS, type PackedRun, TAGS } from './packed-run.ts'
import { keyOf, PRECISION_STEP, PrefixFilter } from './prefix-filter.ts'
import type { SavedFilter } from './saved-filter.ts'

/** Events that may have come before: all of them, and by the tag of the day on which they may have come. */
export interface Suspects {
  readonly all: number[]
  readonly byTag: (number[] | undefined)[]
}

/** How many ids arrived on a day. */
export interface DayCount {
  readonly day: number
  readonly ids: number
}

/** What is no longer remembered is taken out of a part of the filter each time it is gone through. */
const PASSES_TO_PURGE = 8

/** The ids that are no longer in an exact table: the filter of them, and what it means for the rows on disk. */
export class OlderIds {
  readonly keyOf = keyOf
  readonly #options: EventIdOptions
  readonly #memoryBytes: number
  readonly #filter = new PrefixFilter()
  readonly #generations: Generations
  readonly #found = new Uint8Array(TAGS)
  readonly #isKept = (tag: number) =>
    this.#generations.isLive(tag) && this.#generations.daysOf(tag).last > this.#notHeld
  /** Days up to this one are not in the filter for want of memory. */
  #notHeld = -1
  #passes = 0
  #taken = 0

  constructor(options: EventIdOptions, memoryBytes: number) {
    this.#options = options
    this.#memoryBytes = memoryBytes
    this.#generations = new Generations(options.dedupeDays)
  }

  pass(day: number): void {
    this.#generations.pass(day)
  }

  firstDay(today: number): number {
    return this.#generations.firstDay(today)
  }

  /** The same on the newest day that has passed. */
  get firstRemembered(): number {
    return this.#generations.firstDay(this.#generations.newest)
  }

  tagOf(day: number): number {
    return this.#generations.tagOf(day)
  }

  /**
   * Prepares for the ids of some days that are on disk, by the number of each day's ids, oldest first.
   * @returns from which day on there is memory for them.
   */
  expect(days: readonly DayCount[]): number {
    let left = days.reduce((sum, { ids }) => sum + ids, 0)
    while (this.#filter.bytesFor(left) > this.#memoryBytes && this.#filter.coarsen());
    for (const { day, ids } of days) {
      if (this.#filter.bytesFor(left) <= this.#memoryBytes) break
      left -= ids
      this.#notHeld = this.#generations.daysOf(this.tagOf(day)).last
    }
    return this.#notHeld + 1
  }

  /**
   * Prepares for a filter that was saved, and for the ids of some days beside it.
   * @param counts how many ids it has by tag. @param precision the least that it has of an id.
   * @returns from which day on there is memory; undefined when it has less than there is memory for, or lacks days that
   * are remembered now.
   */
  expectSaved(
    saved: SavedFilter,
    { counts, precision }: { readonly counts: readonly number[]; readonly precision: number },
    days: readonly DayCount[],
  ): number | undefined {
    if (!this.#generations.isAsFor(saved.dedupeDays)) return undefined
    const kept = this.#generations.tags.map((tag) => ({
      day: this.#generations.daysOf(tag).last,
      ids: counts[tag] ?? 0,
    }))
    const from = this.expect([...kept, ...days].toSorted((a, b) => a.day - b.day))
    const lacks = saved.notHeld >= this.firstRemembered
    if ((lacks && saved.notHeld >= from) || precision + PRECISION_STEP < this.#filter.precision) return undefined
    return from
  }

  /** Takes in a group's runs of a saved filter. */
  restore(group: number, runs: readonly PackedRun[]): void {
    for (const run of runs) this.#filter.restore(group, run)
    // Less memory than when it was saved.
    if (this.#filter.precision < KEY_BITS || this.#notHeld >= 0)
      this.#filter.tidy(group, this.#isKept, this.#notHeld >= 0)
  }

  /** Takes in all that is on disk of a group: tagged keys in any order. */
  load(group: number, keys: Float64Array): void {
    this.#filter.add(group, keys, keys.length)
    this.#taken += keys.length
  }

  /** `tagOf` for a column. */
  tagSql(day: string): string {
    return this.#generations.tagSql(day)
  }

  /** Takes in a group of a day, and puts the group in order. Groups come in turn. */
  take(group: number, keys: Float64Array, count: number, day: number): void {
    if (group === 0) this.#beginPass()
    if (day > this.#notHeld) this.#filter.add(group, keys, count)
    this.#taken += count
    this.#tidy(group)
  }

  /** How many ids came since the filter was saved. */
  get unsaved(): number {
    return this.#taken
  }

  /** So many of those that came are in a saved filter now. */
  noteSaved(count: number): void {
    this.#taken -= count
  }

  get size(): number {
    return this.#filter.counts.reduce((sum, count) => sum + count, 0)
  }

  get bytes(): number {
    return this.#filter.bytes
  }

  runsOf(group: number): readonly PackedRun[] {
    return this.#filter.runsOf(group)
  }

  /** What may be missing from the filter as it is now. */
  get gaps(): Pick<SavedFilter, 'newest' | 'dedupeDays' | 'notHeld'> {
    return { newest: this.#generations.newest, dedupeDays: this.#options.dedupeDays, notHeld: this.#notHeld }
  }

  #tidy(group: number): void {
    const isTurn = group % PASSES_TO_PURGE === this.#passes % PASSES_TO_PURGE
    const purges = (isTurn || this.#filter.bytes > this.#memoryBytes) && this.#hasUnwanted()
    this.#filter.tidy(group, this.#isKept, purges)
  }

  newSuspects(): Suspects {
    return { all: [], byTag: Array.from({ length: TAGS }, () => undefined) }
  }

  touch(words: Uint32Array, at: number): number {
    return this.#filter.touch(words, at)
  }

  /** Whether the hash at words[at] may have come before; if so it is to be accused or acquitted next. */
  isSuspect(words: Uint32Array, at: number): boolean {
    return this.#filter.mayHave(words, at, this.#found) || this.#notHeld >= 0
  }

  /** Notes what the last hash was found with, when it is not known to have come before. */
  accuse(event: number, suspects: Suspects): void {
    suspects.all.push(event)
    for (let tag = 0; tag < TAGS; tag++) {
      if (this.#found[tag] !== 1) continue
      const events = suspects.byTag[tag] ?? []
      suspects.byTag[tag] = events
      events.push(event)
    }
    this.acquit()
  }

  acquit(): void {
    this.#found.fill(0)
  }

  /** Where on disk suspects may be. */
  wanted(suspects: Suspects, today: number): readonly Wanted[] {
    const first = this.firstDay(today)
    const wanted: Wanted[] = []
    for (const [tag, events] of suspects.byTag.entries()) {
      if (events === undefined || !this.#generations.isLive(tag)) continue
      const days = this.#generations.daysOf(tag)
      if (days.last < first) continue
      wanted.push({
        events,
        days: { first: Math.max(first, days.first), last: days.last },
        rows: this.#filter.counts[tag] ?? 0,
      })
    }
    if (this.#notHeld >= first) {
      wanted.push({ events: suspects.all, days: { first, last: this.#notHeld }, rows: 0 })
    }
    return wanted
  }

  #beginPass(): void {
    this.#passes++
    if (this.#filter.bytes <= this.#memoryBytes) return
    if (!this.#filter.coarsen()) this.#giveUpOldest()
    this.#options.log.warn(
      { memoryBytes: this.#options.memoryBytes, bitsOfAnId: this.#filter.precision },
      'event ids outgrow their memory and commits become slower: raise dedupeMemoryMb or lower dedupeDays',
    )
  }

  #giveUpOldest(): void {
    const oldest = this.#generations.tags.find((tag) => this.#isKept(tag) && (this.#filter.counts[tag] ?? 0) > 0)
    if (oldest !== undefined) this.#notHeld = this.#generations.daysOf(oldest).last
  }

  #hasUnwanted(): boolean {
    return this.#filter.counts.some((count, tag) => count > 0 && !this.#isKept(tag))
  }
}
