import { IDENTITY_WORDS } from '../../../domain/event-batch.ts'
import { ExactTable } from './exact-table.ts'
import type { OlderIds } from './older-ids.ts'
import { GROUPS, groupOf } from './prefix-filter.ts'

interface Recent {
  readonly table: ExactTable
  readonly day: number
  /** Nothing in it is of a segment before this one. */
  readonly firstSegment: number
  /** Of this segment and those after it all ids are in this table or a newer one. */
  readonly wholeFrom: number
  /** How many groups are in the filter too. */
  drained: number
}

/** About 840,000 ids: a table of 16 MiB is still quick, and a start reads at most a few of them. */
const LARGEST_TABLE = Math.floor(2 ** 20 * 0.8)
const SMALLEST_TABLE = 16
const BYTES_OF_ID = (IDENTITY_WORDS * 4) / 0.8
const TABLES = 3
const PART_OF_MEMORY = 1 / 4
const GROUP_WORDS = 2 ** 32 / GROUPS

/**
 * The newest ids, exactly. When a table is full, or its day is over, the next one begins, and the full one is drained
 * into the filter bit by bit: by as much at each commit as that commit adds.
 */
export class RecentIds {
  /** The segment that new ids are written with. */
  segment = 1
  /** What the tables take, about, when they are full. */
  readonly mostBytes: number
  readonly #tableSize: number
  /** The oldest first; new ids go to the last. */
  #tables: readonly [Recent, ...Recent[]] = [
    { table: new ExactTable(), day: 0, firstSegment: 1, wholeFrom: 1, drained: 0 },
  ]
  #keys = new Float64Array(0)

  constructor(memoryBytes: number) {
    const affordable = Math.floor((memoryBytes * PART_OF_MEMORY) / TABLES / BYTES_OF_ID)
    this.#tableSize = Math.max(SMALLEST_TABLE, Math.min(LARGEST_TABLE, affordable))
    this.mostBytes = this.#tableSize * BYTES_OF_ID * TABLES
  }

  /** Ids of segments before this one are not all here. */
  get firstWholeSegment(): number {
    return this.#tables[0].wholeFrom
  }

  /** Ids of segments before this one are all in the filter. */
  get firstSegment(): number {
    return this.#tables[0].firstSegment
  }

  makeRoom(day: number, count: number, older: OlderIds): void {
    const { table } = this.#current
    const isFull = table.size + count > this.#tableSize
    if (table.size > 0 && (isFull || day !== this.#current.day))
      this.#begin(day, this.segment + 1, this.segment + 1, isFull)
    else if (table.size === 0) this.#replaceCurrent(day)
    this.#drain(older, Math.ceil((count / this.#tableSize) * GROUPS * 1.25))
    this.#current.table.reserve(count)
  }

  /**
   * Whether a hash came before the current segment, on this day or a later one.
   * @param isSuspect false when the filter rules it out: then only what is not drained is looked at.
   */
  hasBefore(words: Uint32Array, at: number, firstDay: number, isSuspect: boolean): boolean {
    for (let index = this.#tables.length - 2; index >= 0; index--) {
      const recent = this.#tables[index]
      if (recent === undefined || recent.day < firstDay) continue
      if ((isSuspect || groupOf(words, at) >= recent.drained) && recent.table.has(words, at)) return true
    }
    return false
  }

  touch(words: Uint32Array, at: number): number {
    return this.#current.table.touch(words, at)
  }

  /** The slot that it went to, or -1 when it was in the current segment already. */
  add(words: Uint32Array, at: number): number {
    return this.#current.table.add(words, at)
  }

  undo(slots: readonly number[]): void {
    this.#current.table.undo(slots)
  }

  /** Takes in an id from disk, in the order in which they were written. */
  load(words: Uint32Array, at: number, segment: number, day: number, older: OlderIds): void {
    const { table, day: currentDay } = this.#current
    if (table.size > 0 && (table.size >= this.#tableSize || day !== currentDay)) {
      this.#begin(day, segment, segment === this.segment ? segment + 1 : segment, true)
      this.#drain(older, 0)
    } else if (table.size === 0) {
      this.segment = segment
      this.#replaceCurrent(day)
    }
    this.segment = segment
    this.#current.table.reserve(1)
    this.#current.table.add(words, at)
  }

  /** What is loaded is no longer added to: its segments may be moved. @param next no segment had this number yet. */
  endLoading(next: number): void {
    const isEmpty = this.#current.table.size === 0
    this.segment = Math.max(next, isEmpty ? this.segment : this.segment + 1)
    if (isEmpty) this.#replaceCurrent(0)
  }

  get #current(): Recent {
    return this.#tables.at(-1) ?? this.#tables[0]
  }

  #begin(day: number, firstSegment: number, wholeFrom: number, isBusy: boolean): void {
    const table = new ExactTable(isBusy ? this.#tableSize : 0)
    this.segment = firstSegment
    this.#tables = [...this.#tables, { table, day, firstSegment, wholeFrom, drained: 0 }]
  }

  #replaceCurrent(day: number): void {
    const { table } = this.#current
    const segments = { firstSegment: this.segment, wholeFrom: this.segment }
    const [first, ...rest] = [...this.#tables.slice(0, -1), { table, day, ...segments, drained: 0 }]
    if (first !== undefined) this.#tables = [first, ...rest]
  }

  /** Moves so many groups of the oldest tables on; of tables past the limit all. */
  #drain(older: OlderIds, groups: number): void {
    let left = groups
    for (const [index, recent] of this.#tables.slice(0, -1).entries()) {
      const isTooMany = this.#tables.length - index > TABLES
      while (recent.drained < GROUPS && (left > 0 || isTooMany)) {
        this.#drainGroup(recent, older)
        left--
      }
    }
    for (;;) {
      const [oldest, next, ...rest] = this.#tables
      if (next === undefined || rest.length === 0 || oldest.drained < GROUPS) return
      this.#tables = [next, ...rest]
    }
  }

  #drainGroup(recent: Recent, older: OlderIds): void {
    const group = recent.drained++
    if (this.#keys.length < recent.table.size) this.#keys = new Float64Array(recent.table.size)
    const keys = this.#keys
    const tag = older.tagOf(recent.day)
    let count = 0
    recent.table.visit(group * GROUP_WORDS, (group + 1) * GROUP_WORDS - 1, (words, at) => {
      keys[count++] = older.keyOf(words, at, tag)
    })
    older.take(group, keys, count, recent.day)
  }
}
