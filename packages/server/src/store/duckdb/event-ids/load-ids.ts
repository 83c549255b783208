import { setImmediate } from 'node:timers/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { IDENTITY_WORDS } from '../../../domain/event-batch.ts'
import { rowsOf } from '../sql.ts'
import { doublesOf, streamWords } from './id-rows.ts'
import type { OlderIds } from './older-ids.ts'
import { KEY_BITS, TAGS } from './packed-run.ts'
import { GROUPS, KEY_LIMIT } from './prefix-filter.ts'
import type { RecentIds } from './recent-ids.ts'

/** About so many ids are read at a time; with fewer, much that is of other groups would be read again and again. */
const READ_AT_ONCE = 2_000_000
const GROUP_SIZE = 2n ** 64n / BigInt(GROUPS)

/** Takes the days on disk as passed, and the upper half of each hash into the filter: group after group, of all days. */
export async function loadSorted(connection: DuckDBConnection, older: OlderIds): Promise<void> {
  const rows = await rowsOf(connection, 'SELECT day, count(*) FROM event_id_sorted GROUP BY day ORDER BY day')
  const days = rows.map(([day, ids]) => ({ day: Number(day), ids: Number(ids) }))
  const newest = days.at(-1)?.day
  if (newest === undefined) return
  older.pass(newest)
  const remembered = days.filter(({ day }) => day >= older.firstDay(newest))
  const from = Math.max(older.firstDay(newest), older.expect(remembered))
  const ids = remembered.reduce((sum, day) => sum + day.ids, 0)
  const groups = Math.min(GROUPS, Math.max(1, Math.floor((GROUPS * READ_AT_ONCE) / ids)))
  const key = `(hi >> ${64 - KEY_BITS - Math.log2(GROUPS)})::DOUBLE * ${TAGS} + ${older.tagSql('day')}`
  for (let first = 0; first < GROUPS; first += groups) {
    const end = Math.min(GROUPS, first + groups)
    const range = `hi >= ${GROUP_SIZE * BigInt(first)} AND hi <= ${GROUP_SIZE * BigInt(end) - 1n}`
    const keys = await doublesOf(connection, `SELECT ${key} FROM event_id_sorted WHERE day >= ${from} AND ${range}`)
    for (const [index, ofGroup] of splitByGroup(keys, first, end).entries()) {
      older.load(first + index, ofGroup)
      // Others wait for this thread.
      await setImmediate()
    }
  }
}

/** @param keys each plus its group's number times KEY_LIMIT, which is taken off. */
function splitByGroup(keys: Float64Array, first: number, end: number): readonly Float64Array[] {
  const counts = new Uint32Array(end - first)
  for (const key of keys) {
    const group = Math.floor(key / KEY_LIMIT) - first
    counts[group] = (counts[group] ?? 0) + 1
  }
  const groups = Array.from(counts, (count) => new Float64Array(count))
  counts.fill(0)
  for (const key of keys) {
    const group = Math.floor(key / KEY_LIMIT)
    const to = groups[group - first]
    const at = counts[group - first] ?? 0
    if (to !== undefined) to[at] = key - group * KEY_LIMIT
    counts[group - first] = at + 1
  }
  return groups
}

/** Takes in what is not sorted yet; it ends in the exact tables. */
export async function loadAppended(connection: DuckDBConnection, recent: RecentIds, older: OlderIds): Promise<void> {
  const words = new Uint32Array(IDENTITY_WORDS)
  for await (const chunk of streamWords(connection, 'SELECT segment, day, hi, lo FROM event_id ORDER BY segment')) {
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
