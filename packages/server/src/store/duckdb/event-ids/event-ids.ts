import { randomBytes } from 'node:crypto'
import { BLOB, blobValue, DuckDBBlobValue, type DuckDBConnection } from '@duckdb/node-api'
import { IDENTITY_WORDS } from '../../../domain/event-batch.ts'
import type { Log } from '../../../domain/log.ts'
import { bigint, integer, integers, rowsOf, unsigned } from '../sql.ts'
import { ExactTable } from './exact-table.ts'
import { FingerprintFilter } from './fingerprint-filter.ts'

export interface EventIdOptions {
  /** How many days after the day of its arrival an id is remembered (decisions.md 1). */
  readonly dedupeDays: number
  /** What may be held in memory, in bytes. */
  readonly memoryBytes: number
  readonly log: Log
}

/** A run of ids that arrived on one day and no longer grows. Its filter is on disk, and in memory while there is room. */
interface Segment {
  readonly segment: number
  readonly day: number
  readonly filter: FingerprintFilter | undefined
}

/** Most ids that a start after a crash has to read back, about two seconds. */
const LARGEST_SEGMENT = 4_000_000
const SMALLEST_SEGMENT = 16
const BYTES_OF_RECENT_ID = 2 * IDENTITY_WORDS * 4

/**
 * The ids of the events that were counted. The newest are in an exact table; when that is full, or its day is over, it
 * is sealed: a filter of it is kept on disk and in memory, and only what the filter cannot rule out is looked up among
 * the rows. So memory stays small and the answer is exact.
 *
 * Used by the one committer only, which calls prepare, known, remember and, in the end, keep or forget.
 */
export class EventIds {
  /** The secret that identities are hashed with. */
  readonly key: string
  readonly #options: EventIdOptions
  readonly #segmentSize: number
  #sealed: readonly Segment[] = []
  #recent = new ExactTable()
  #added: number[] = []
  #day = 0
  #segment = 1

  private constructor(key: Uint8Array, options: EventIdOptions) {
    this.key = Buffer.from(key).toString('hex')
    this.#options = options
    const affordable = Math.floor(options.memoryBytes / 4 / BYTES_OF_RECENT_ID)
    this.#segmentSize = Math.max(SMALLEST_SEGMENT, Math.min(LARGEST_SEGMENT, affordable))
  }

  /** Reads the filters and the ids of the segment that is not sealed: bounded, however many ids there are. */
  static async open(connection: DuckDBConnection, options: EventIdOptions): Promise<EventIds> {
    const ids = new EventIds(await keyOf(connection), options)
    await ids.#loadSegments(connection)
    await ids.#loadRecent(connection)
    return ids
  }

  /** The segment and the day that new ids are written with. */
  get current(): { readonly segment: number; readonly day: number } {
    return { segment: this.#segment, day: this.#day }
  }

  /** Makes the current segment one of this day with room for `count` ids, sealing the one before if need be. */
  async prepare(connection: DuckDBConnection, day: number, count: number): Promise<void> {
    const isFull = this.#recent.size + count > this.#segmentSize
    if (this.#recent.size > 0 && (isFull || day !== this.#day)) await this.#seal(connection)
    this.#day = day
    this.#sealed = this.#sealed.filter((segment) => this.#isRemembered(segment.day, day))
    this.#recent.reserve(count)
  }

  /** Which of the first `count` hashes, by their index, are in sealed segments and still remembered. */
  async known(connection: DuckDBConnection, words: Uint32Array, count: number): Promise<ReadonlySet<number>> {
    const hits: number[] = []
    const segments = new Set<number>()
    for (let index = 0; index < count; index++) {
      let isHit = false
      for (const { segment, filter } of this.#sealed) {
        if (filter !== undefined && !filter.mayHave(words, index * IDENTITY_WORDS)) continue
        segments.add(segment)
        isHit = true
      }
      if (isHit) hits.push(index)
    }
    return hits.length === 0 ? new Set() : lookUp(connection, words, hits, [...segments])
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

  /** Deletes the rows of days that are no longer remembered; they count as forgotten whether this has run or not. */
  async dropExpired(connection: DuckDBConnection, day: number): Promise<void> {
    const values = { oldest: integer(day - this.#options.dedupeDays) }
    await rowsOf(connection, 'DELETE FROM event_id WHERE day < $oldest', values)
    await rowsOf(connection, 'DELETE FROM event_id_segment WHERE day < $oldest', values)
  }

  #isRemembered(arrivalDay: number, today: number): boolean {
    return arrivalDay >= today - this.#options.dedupeDays
  }

  async #seal(connection: DuckDBConnection): Promise<void> {
    const filter = FingerprintFilter.of(this.#recent)
    await rowsOf(connection, 'INSERT INTO event_id_segment VALUES ($segment, $day, $ids, $filter)', {
      segment: integer(this.#segment),
      day: integer(this.#day),
      ids: bigint(this.#recent.size),
      filter: { type: BLOB, value: blobValue(filter.bytes) },
    })
    this.#sealed = this.#withinMemory([...this.#sealed, { segment: this.#segment, day: this.#day, filter }])
    this.#segment++
    this.#recent = new ExactTable()
  }

  /** Gives up the oldest filters when they outgrow the memory; those segments are then asked on disk each time. */
  #withinMemory(segments: readonly Segment[]): readonly Segment[] {
    let left = this.#roomForFilters()
    const kept = segments.toReversed().map((segment) => {
      left -= segment.filter?.bytes.length ?? 0
      return left >= 0 || segment.filter === undefined ? segment : this.#withoutFilter(segment)
    })
    return kept.reverse()
  }

  #roomForFilters(): number {
    return this.#options.memoryBytes - this.#segmentSize * BYTES_OF_RECENT_ID
  }

  #withoutFilter(segment: Segment): Segment {
    this.#options.log.warn(
      { segment: segment.segment, memoryBytes: this.#options.memoryBytes },
      'event ids outgrow their memory and commits become slow: raise dedupeMemoryBytes or lower dedupeDays',
    )
    return { ...segment, filter: undefined }
  }

  async #loadSegments(connection: DuckDBConnection): Promise<void> {
    const sql = 'SELECT segment, day, ids FROM event_id_segment ORDER BY segment DESC'
    let left = this.#roomForFilters()
    for (const [segment, day, count] of await rowsOf(connection, sql)) {
      left -= FingerprintFilter.sizeFor(Number(count))
      const filter = left < 0 ? undefined : await loadFilter(connection, Number(segment))
      this.#sealed = [{ segment: Number(segment), day: Number(day), filter }, ...this.#sealed]
      this.#segment = Math.max(this.#segment, Number(segment) + 1)
    }
  }

  async #loadRecent(connection: DuckDBConnection): Promise<void> {
    const result = await connection.stream('SELECT segment, day, hi, lo FROM event_id WHERE segment >= $segment', {
      segment: this.#segment,
    })
    const words = new Uint32Array(IDENTITY_WORDS)
    const halves = new BigUint64Array(words.buffer)
    for (;;) {
      const chunk = await result.fetchChunk()
      if (chunk === null || chunk.rowCount === 0) break
      const [segments, days, his, los] = [0, 1, 2, 3].map((column) => chunk.getColumnValues(column))
      this.#recent.reserve(chunk.rowCount)
      for (let row = 0; row < chunk.rowCount; row++) {
        halves[0] = his?.[row] as bigint
        halves[1] = los?.[row] as bigint
        this.#recent.add(words, 0)
      }
      this.#segment = Number(segments?.[0])
      this.#day = Number(days?.[0])
    }
  }
}

const LOOK_UP = `SELECT DISTINCT candidate.index
FROM (SELECT unnest($index) AS index, unnest($hi) AS hi, unnest($lo) AS lo) AS candidate
JOIN event_id ON event_id.hi = candidate.hi AND event_id.lo = candidate.lo
WHERE event_id.segment IN (SELECT unnest($segments))`

async function lookUp(
  connection: DuckDBConnection,
  words: Uint32Array,
  hits: readonly number[],
  segments: readonly number[],
): Promise<ReadonlySet<number>> {
  const halves = new BigUint64Array(words.buffer, words.byteOffset, words.length / 2)
  const rows = await rowsOf(connection, LOOK_UP, {
    index: integers(hits),
    hi: unsigned(hits.map((index) => halves[index * 2] ?? 0n)),
    lo: unsigned(hits.map((index) => halves[index * 2 + 1] ?? 0n)),
    segments: integers(segments),
  })
  return new Set(rows.map(([index]) => Number(index)))
}

async function loadFilter(connection: DuckDBConnection, segment: number): Promise<FingerprintFilter> {
  const sql = 'SELECT filter FROM event_id_segment WHERE segment = $segment'
  const rows = await rowsOf(connection, sql, { segment: integer(segment) })
  const filter = rows[0]?.[0]
  if (!(filter instanceof DuckDBBlobValue)) throw new Error(`segment ${segment} of the event ids has no filter`)
  return new FingerprintFilter(filter.bytes)
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
