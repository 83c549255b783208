import { randomBytes } from 'node:crypto'
import { BLOB, blobValue, DuckDBBlobValue, type DuckDBConnection } from '@duckdb/node-api'
import { IDENTITY_WORDS } from '../../../domain/event-batch.ts'
import type { Log } from '../../../domain/log.ts'
import type { Pause } from '../fold.ts'
import { rowsOf } from '../sql.ts'
import { DamagedFilter, FilterFile, writeFilter } from './filter-file.ts'
import { appendedSegments, dropDaysBefore, findAppended, findSorted, moveSegments } from './id-rows.ts'
import { loadAppended, loadSorted } from './load-ids.ts'
import { OlderIds } from './older-ids.ts'
import { RecentIds } from './recent-ids.ts'
import { filterPath, noteSavedFilter, removeOtherFilters, type SavedFilter, savedFilter } from './saved-filter.ts'

export interface EventIdOptions {
  /** The database's file; that of the filter lies beside it. */
  readonly path: string
  /** How many days after the day of its arrival an id is remembered (decisions.md 1). */
  readonly dedupeDays: number
  /** What may be held in memory, in bytes. */
  readonly memoryBytes: number
  /** The filter is saved anew when so many ids came, if they are not a small part of it. */
  readonly idsToSave: number
  readonly log: Log
}

/** What came since the filter was saved, at most this part of it, is what a start has to make of rows. */
const PART_TO_SAVE = 1 / 32
const FILTER_DAMAGED = 'the saved filter of event ids is damaged: what is is made anew from the ids'

/** So many segments are moved together, unless it is quiet. */
const SEGMENTS_TO_MOVE = 2
const TOUCHED_AT_ONCE = 32

/**
 * The ids of the events that were counted. Commits append them to event_id; the newest are in exact tables as well. All
 * others are in a filter in memory, and what it cannot rule out is looked up on disk: memory stays small and the answer
 * is exact. In the background rows move from event_id to event_id_sorted, where few of them are found quickly, and the
 * filter is saved to a file, from which a start has it.
 *
 * Used by the one committer only, which calls prepare, known, remember and, in the end, keep or forget.
 */
export class EventIds {
  /** The secret that identities are hashed with. */
  readonly key: string
  /** Rejected when the ids on disk cannot be read. */
  loaded: Promise<void> = Promise.resolve()
  readonly #options: EventIdOptions
  readonly #recent: RecentIds
  readonly #older: OlderIds
  #added: number[] = []
  /** Of no meaning, but what is read must go somewhere. */
  #touched = 0
  #today = 0
  /** Segments before this one are in event_id_sorted. */
  #movedBefore = 1
  /** Segments before this one were in the saved filter that was loaded. */
  #loadedBefore = 0
  #isLoaded = false
  #savedNumber = 0

  private constructor(key: Uint8Array, options: EventIdOptions) {
    this.key = Buffer.from(key).toString('hex')
    this.#options = options
    this.#recent = new RecentIds(options.memoryBytes)
    this.#older = new OlderIds(options, options.memoryBytes - this.#recent.mostBytes)
  }

  /**
   * Begins to read the saved filter and the ids that came after it. The first commit waits for that; nothing else needs
   * to, so that queries are answered at once.
   * @param connection in use until `loaded` is settled.
   */
  static async open(connection: DuckDBConnection, options: EventIdOptions): Promise<EventIds> {
    const ids = new EventIds(await keyOf(connection), options)
    ids.loaded = ids.#load(connection)
    ids.loaded.catch((err) => options.log.error({ err }, 'event ids cannot be read: nothing can be committed'))
    return ids
  }

  /** The segment and the day that new ids are written with. */
  get current(): { readonly segment: number; readonly day: number } {
    return { segment: this.#recent.segment, day: this.#today }
  }

  /** Makes room for `count` ids of this day; older ones go on to the filter, as many as that takes. */
  async prepare(_: DuckDBConnection, day: number, count: number): Promise<void> {
    await this.loaded
    this.#today = day
    this.#older.pass(day)
    this.#recent.makeRoom(day, count, this.#older)
  }

  /** Which of the first `count` hashes, by their index, were remembered before this segment began and still are. */
  async known(connection: DuckDBConnection, words: Uint32Array, count: number): Promise<ReadonlySet<number>> {
    const known = new Set<number>()
    const days = { first: this.#older.firstDay(this.#today), last: 2 ** 31 - 1 }
    const suspects = this.#older.newSuspects()
    for (let index = 0; index < count; index++) {
      if (index % TOUCHED_AT_ONCE === 0) this.#touch(words, index, Math.min(count, index + TOUCHED_AT_ONCE))
      const at = index * IDENTITY_WORDS
      const isSuspect = this.#older.isSuspect(words, at)
      if (this.#recent.hasBefore(words, at, days.first, isSuspect)) {
        known.add(index)
        if (isSuspect) this.#older.acquit()
      } else if (isSuspect) this.#older.accuse(index, suspects)
    }
    if (suspects.all.length === 0) return known
    const halves = new BigUint64Array(words.buffer, words.byteOffset, words.length / 2)
    // First the rows that are moved from: what leaves there meanwhile is found where it went.
    const before = this.#recent.firstWholeSegment
    if (this.#movedBefore < before) await findAppended(connection, halves, suspects.all, before, days, known)
    for (const wanted of this.#older.wanted(suspects, this.#today)) {
      await findSorted(connection, halves, wanted, known)
    }
    return known
  }

  async #load(connection: DuckDBConnection): Promise<void> {
    const saved = await savedFilter(connection)
    const file = saved && (await this.#openFile(saved))
    try {
      const { segment, nextSegment, damaged } = await loadSorted(connection, this.#older, saved, file)
      if (damaged > 0) this.#options.log.warn({ damaged }, FILTER_DAMAGED)
      await loadAppended(connection, this.#recent, this.#older, nextSegment)
      this.#loadedBefore = segment
    } finally {
      await file?.close()
    }
    const [first] = await appendedSegments(connection)
    this.#movedBefore = first?.segment ?? this.#recent.segment
    this.#savedNumber = saved?.number ?? 0
    this.#isLoaded = true
  }

  async #openFile(saved: SavedFilter): Promise<FilterFile | undefined> {
    try {
      return await FilterFile.open(filterPath(this.#options.path, saved.number), saved)
    } catch (err) {
      if (!(err instanceof DamagedFilter)) throw err
      this.#options.log.warn({ err }, FILTER_DAMAGED)
      return undefined
    }
  }

  #touch(words: Uint32Array, first: number, end: number): void {
    for (let index = first; index < end; index++) {
      const at = index * IDENTITY_WORDS
      this.#touched ^= this.#older.touch(words, at) ^ this.#recent.touch(words, at)
    }
  }

  /** Adds a hash to the current segment; false when it was there already. */
  remember(words: Uint32Array, index: number): boolean {
    const slot = this.#recent.add(words, index * IDENTITY_WORDS)
    if (slot < 0) return false
    this.#added.push(slot)
    return true
  }

  /** What was remembered since the last time is on disk. */
  keep(): void {
    this.#added = []
  }

  /** What was remembered since the last time is not on disk. */
  forget(): void {
    this.#recent.undo(this.#added)
    this.#added = []
  }

  /** Whether enough was appended to be moved before the next upkeep. */
  get isMoveDue(): boolean {
    return this.#recent.segment - this.#movedBefore > SEGMENTS_TO_MOVE
  }

  /** Sorts what commits appended in segments that have ended; commits go on meanwhile. */
  async move(connection: DuckDBConnection, pause: Pause): Promise<void> {
    await moveSegments(connection, this.#recent.segment, pause, (end) => {
      this.#movedBefore = Math.max(this.#movedBefore, end)
    })
  }

  /** Whether so much came since the filter was saved that a start would be slow. */
  get isSaveDue(): boolean {
    return this.#isLoaded && this.#older.unsaved >= Math.max(this.#options.idsToSave, this.#older.size * PART_TO_SAVE)
  }

  /** What a file of the filter takes, about. */
  get bytesToSave(): number {
    return this.#older.bytes
  }

  /**
   * Writes the filter to a new file, and then makes it the one that counts; commits go on meanwhile.
   * @param pause called between parts, with the milliseconds that the last one took.
   */
  async save(connection: DuckDBConnection, pause: (milliseconds: number) => Promise<void>): Promise<void> {
    await this.loaded
    const { path } = this.#options
    // What comes while it is written may be in it or not.
    const segment = Math.max(this.#loadedBefore, this.#recent.firstSegment)
    const ids = this.#older.unsaved
    const number = this.#savedNumber + 1
    await removeOtherFilters(path, this.#savedNumber)
    const index = await writeFilter(filterPath(path, number), (group) => this.#older.runsOf(group), pause)
    await noteSavedFilter(connection, { number, segment, ...this.#older.gaps, ...index })
    this.#savedNumber = number
    this.#older.noteSaved(ids)
    await removeOtherFilters(path, number)
  }

  /** Deletes the rows of days that are no longer remembered; they count as forgotten whether this has run or not. */
  async dropExpired(connection: DuckDBConnection, day: number, pause: Pause): Promise<void> {
    await dropDaysBefore(connection, this.#older.firstDay(day), pause)
  }
}

/** Made once, and kept as long as the ids that were hashed with it. */
async function keyOf(connection: DuckDBConnection): Promise<Uint8Array> {
  const rows = await rowsOf(connection, "SELECT value FROM secret WHERE name = 'event_id_key'")
  const kept = rows[0]?.[0]
  if (kept instanceof DuckDBBlobValue) return kept.bytes
  const key = randomBytes(32)
  const values = { key: { type: BLOB, value: blobValue(key) } }
  await rowsOf(connection, "INSERT INTO secret VALUES ('event_id_key', $key)", values)
  return key
}
