import type { DuckDBConnection } from '@duckdb/node-api'
import { IDENTITY_WORDS } from '../../../domain/event-batch.ts'
import { rowsOf } from '../sql.ts'
import { chunksOf } from './id-rows.ts'
import type { OlderIds } from './older-ids.ts'
import { groupOf } from './prefix-filter.ts'
import type { RecentIds } from './recent-ids.ts'

/** Takes the days on disk as passed, and the upper half of each hash into the filter. */
export async function loadSorted(connection: DuckDBConnection, older: OlderIds): Promise<void> {
  const [[count, newest] = []] = await rowsOf(connection, 'SELECT count(*), max(day) FROM event_id_sorted')
  if (typeof newest !== 'number') return
  older.pass(newest)
  older.expect(Number(count))
  const loader = new GroupLoader(older)
  const sql = `SELECT day, hi FROM event_id_sorted WHERE day >= ${older.firstDay(newest)}`
  for await (const chunk of chunksOf(connection, sql)) {
    const days = chunk.words(0, 1)
    const halves = chunk.words(1, 2)
    for (let row = 0; row < chunk.count; row++) loader.add(halves, row * 2, days[row] ?? 0)
  }
  loader.flush()
}

/** Gathers what follows each other sorted, in one group and of one day. */
class GroupLoader {
  readonly #older: OlderIds
  #keys = new Float64Array(1024)
  #count = 0
  #group = 0
  #day = 0
  #tag = 0

  constructor(older: OlderIds) {
    this.#older = older
  }

  add(words: Uint32Array, at: number, day: number): void {
    const group = groupOf(words, at)
    if (group !== this.#group || day !== this.#day) {
      this.flush()
      this.#group = group
      this.#day = day
      this.#tag = this.#older.tagOf(day)
    }
    const key = this.#older.keyOf(words, at, this.#tag)
    if (this.#count > 0 && key < (this.#keys[this.#count - 1] ?? 0)) this.flush()
    if (this.#count === this.#keys.length) this.#grow()
    this.#keys[this.#count++] = key
  }

  flush(): void {
    this.#older.load(this.#group, this.#keys, this.#count, this.#day)
    this.#count = 0
  }

  #grow(): void {
    const keys = new Float64Array(this.#keys.length * 2)
    keys.set(this.#keys)
    this.#keys = keys
  }
}

/** Takes in what is not sorted yet; it ends in the exact tables. */
export async function loadAppended(connection: DuckDBConnection, recent: RecentIds, older: OlderIds): Promise<void> {
  const words = new Uint32Array(IDENTITY_WORDS)
  for await (const chunk of chunksOf(connection, 'SELECT segment, day, hi, lo FROM event_id ORDER BY segment')) {
    const segments = chunk.words(0, 1)
    const days = chunk.words(1, 1)
    const his = chunk.words(2, 2)
    const los = chunk.words(3, 2)
    for (let row = 0; row < chunk.count; row++) {
      words.set(his.subarray(row * 2, row * 2 + 2))
      words.set(los.subarray(row * 2, row * 2 + 2), 2)
      older.pass(days[row] ?? 0)
      recent.load(words, 0, segments[row] ?? 0, days[row] ?? 0, older)
    }
  }
  recent.endLoading()
}
