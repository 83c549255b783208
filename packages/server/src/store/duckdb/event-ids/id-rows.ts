import { type DuckDBConnection, type DuckDBDataChunk, UBIGINT } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import type { Pause } from '../fold.ts'
import { integer, integers, rowsOf, unsigned } from '../sql.ts'
import { inTransaction } from '../transaction.ts'

/** What commits appended is sorted so many rows in a transaction, unless one segment has more. */
const MOVED_AT_ONCE = 2_000_000
const DROPPED_AT_ONCE = 200_000
/** Finding one id among sorted rows by itself costs about as much as joining this many of them. */
const ROWS_OF_A_LOOKUP = 50_000
/** Joining costs this much however few rows there are. */
const ROWS_OF_ANY_JOIN = 4 * ROWS_OF_A_LOOKUP
const HASHES = 2n ** 64n
/**
 * Sorted ids keep 96 bits of their hash, which takes 4 bytes less: a new id is taken for one of 100 million once in 10^20
 * times. What storage version 3 had sorted has all 128.
 */
const KEPT_OF_LO = 'lo >> 32'
const isLo = (kept: string, wanted: string) => `${kept} IN (${wanted}, ${wanted} >> 32)`

export interface Days {
  readonly first: number
  readonly last: number
}

/** All values of a statement's only column, a DOUBLE; in no order. */
export async function doublesOf(connection: DuckDBConnection, sql: string): Promise<Float64Array> {
  const result = await connection.run(sql)
  const values = new Float64Array(result.rowCount)
  let count = 0
  for (let index = 0; index < result.chunkCount; index++) {
    const chunk = result.getChunk(index)
    new Uint8Array(values.buffer, count * 8).set(bytesOf(chunk, 0, 8))
    count += chunk.rowCount
  }
  return values
}

/** A part of some rows as it lies in memory: each column in words, of which it has so many a row. */
export interface RowWords {
  readonly count: number
  words(column: number, width: 1 | 2): Uint32Array
}

/** All rows of a statement, in their order, however many. */
export async function* streamWords(connection: DuckDBConnection, sql: string): AsyncIterable<RowWords> {
  const result = await connection.stream(sql)
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return
    yield { count: chunk.rowCount, words: (column, width) => wordsOf(chunk, column, width) }
  }
}

function wordsOf(chunk: DuckDBDataChunk, column: number, width: 1 | 2): Uint32Array {
  const bytes = bytesOf(chunk, column, width * 4)
  return new Uint32Array(bytes.buffer, bytes.byteOffset, chunk.rowCount * width)
}

function bytesOf(chunk: DuckDBDataChunk, column: number, size: number): Uint8Array {
  return duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), chunk.rowCount * size)
}

/** Which of some events of a batch are among the rows of these days; `rows` is about how many rows those days have. */
export interface Wanted {
  readonly events: readonly number[]
  readonly days: Days
  readonly rows: number
}

/** Adds to `known` which events are in event_id_sorted. */
export async function findSorted(
  connection: DuckDBConnection,
  halves: BigUint64Array,
  { events, days, rows }: Wanted,
  known: Set<number>,
): Promise<void> {
  if (events.length * ROWS_OF_A_LOOKUP >= rows + ROWS_OF_ANY_JOIN) {
    const join = { table: 'event_id_sorted', same: isLo('kept.lo', 'wanted.lo') }
    await findJoined(connection, halves, events, join, days, known)
    return
  }
  const sql = `SELECT 1 FROM event_id_sorted
    WHERE hi = $hi::UBIGINT AND ${isLo('lo', '$lo::UBIGINT')} AND day BETWEEN $first AND $last`
  for (const event of events) {
    const values = { ...between(days), ...unsignedPair(halves, event) }
    if ((await rowsOf(connection, sql, values)).length > 0) known.add(event)
  }
}

/** Adds to `known` which events are in event_id, in segments before one. */
export async function findAppended(
  connection: DuckDBConnection,
  halves: BigUint64Array,
  events: readonly number[],
  before: number,
  days: Days,
  known: Set<number>,
): Promise<void> {
  const join = { table: `(FROM event_id WHERE segment < ${before})`, same: 'kept.lo = wanted.lo' }
  await findJoined(connection, halves, events, join, days, known)
}

async function findJoined(
  connection: DuckDBConnection,
  halves: BigUint64Array,
  events: readonly number[],
  join: { readonly table: string; readonly same: string },
  days: Days,
  known: Set<number>,
): Promise<void> {
  const found = await rowsOf(
    connection,
    `SELECT DISTINCT wanted.event
    FROM (SELECT unnest($event) AS event, unnest($hi) AS hi, unnest($lo) AS lo) AS wanted
    JOIN ${join.table} AS kept ON kept.hi = wanted.hi AND ${join.same}
    WHERE kept.day BETWEEN $first AND $last`,
    {
      ...between(days),
      event: integers(events),
      hi: unsigned(events.map((event) => halves[event * 2] ?? 0n)),
      lo: unsigned(events.map((event) => halves[event * 2 + 1] ?? 0n)),
    },
  )
  for (const [event] of found) known.add(Number(event))
}

const between = ({ first, last }: Days) => ({ first: integer(first), last: integer(last) })
const unsignedPair = (halves: BigUint64Array, event: number) => ({
  hi: { type: UBIGINT, value: halves[event * 2] ?? 0n },
  lo: { type: UBIGINT, value: halves[event * 2 + 1] ?? 0n },
})

/** The segments of event_id: empty when everything was moved. */
export async function appendedSegments(
  connection: DuckDBConnection,
): Promise<readonly { readonly segment: number; readonly rows: number }[]> {
  const rows = await rowsOf(connection, 'SELECT segment, count(*) FROM event_id GROUP BY segment ORDER BY segment')
  return rows.map(([segment, count]) => ({ segment: Number(segment), rows: Number(count) }))
}

/**
 * Moves rows of segments before one to where they are sorted by hash, some segments in a transaction.
 * @param moved told up to which segment (exclusive) everything is moved, whenever that is on disk.
 */
export async function moveSegments(
  connection: DuckDBConnection,
  before: number,
  pause: Pause,
  moved: (end: number) => void,
): Promise<void> {
  let rows = 0
  let end = 0
  const move = async () => {
    const started = performance.now()
    await inTransaction(connection, async () => {
      const which = `FROM event_id WHERE segment < ${end}`
      await connection.run(
        `INSERT INTO event_id_sorted SELECT day, hi, ${KEPT_OF_LO}, ${end - 1} ${which} ORDER BY day, hi`,
      )
      await connection.run(`DELETE ${which}`)
    })
    moved(end)
    rows = 0
    await pause(performance.now() - started)
  }
  for (const segment of await appendedSegments(connection)) {
    if (segment.segment >= before) break
    if (rows > 0 && rows + segment.rows > MOVED_AT_ONCE) await move()
    rows += segment.rows
    end = segment.segment + 1
  }
  if (rows > 0) await move()
  moved(before)
}

/** Deletes what arrived before a day, some rows in each transaction, so that nothing waits for long. */
export async function dropDaysBefore(connection: DuckDBConnection, day: number, pause: Pause): Promise<void> {
  for (const table of ['event_id', 'event_id_sorted']) {
    const [[count] = []] = await rowsOf(connection, `SELECT count(*) FROM ${table} WHERE day < ${day}`)
    const parts = BigInt(Math.ceil(Number(count) / DROPPED_AT_ONCE))
    for (let part = 0n; part < parts; part++) {
      const range = `hi >= ${(HASHES * part) / parts} AND hi <= ${(HASHES * (part + 1n)) / parts - 1n}`
      const started = performance.now()
      await connection.run(`DELETE FROM ${table} WHERE day < ${day} AND ${range}`)
      await pause(performance.now() - started)
    }
  }
}
