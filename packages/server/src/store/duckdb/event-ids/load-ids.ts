import { setImmediate } from 'node:timers/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { IDENTITY_WORDS } from '../../../domain/event-batch.ts'
import { rowsOf } from '../sql.ts'
import type { FilterFile } from './filter-file.ts'
import { doublesOf, streamWords } from './id-rows.ts'
import type { DayCount, OlderIds } from './older-ids.ts'
import { KEY_BITS, TAGS } from './packed-run.ts'
import { GROUPS, KEY_LIMIT } from './prefix-filter.ts'
import type { RecentIds } from './recent-ids.ts'
import type { SavedFilter } from './saved-filter.ts'

/** About so many ids are read at a time; with fewer, much that is of other groups would be read again and again. */
const READ_AT_ONCE = 2_000_000
const GROUP_SIZE = 2n ** 64n / BigInt(GROUPS)

/** Sorted ids that are to be read: those of these days, in this segment and later ones. */
interface Unread {
  readonly segment: number
  readonly days: readonly DayCount[]
  /** The last segment on disk. */
  readonly lastSegment: number
}

interface Loaded {
  /** Ids of segments before this one are all in the filter. */
  readonly segment: number
  /** No segment had this number yet. */
  readonly nextSegment: number
  /** Groups of the saved filter that could not be used, because they are damaged. */
  readonly damaged: number
}

/**
 * Makes the filter of the sorted ids, and takes their days as passed: from the file of a saved one and what came after
 * that, or, where that cannot be used, from the rows.
 * @param file undefined when there is none, or it is damaged.
 */
export async function loadSorted(
  connection: DuckDBConnection,
  older: OlderIds,
  saved: SavedFilter | undefined,
  file: FilterFile | undefined,
): Promise<Loaded> {
  const after = await unreadFrom(connection, saved?.segment ?? 0)
  const nextSegment = Math.max(saved?.segment ?? 1, after.lastSegment + 1)
  older.pass(Math.max(saved?.newest ?? 0, after.days.at(-1)?.day ?? 0))
  const from = saved && file && older.expectSaved(saved, file, after.days)
  if (saved !== undefined && file !== undefined && from !== undefined) {
    const damaged = await restoreGroups(file, older)
    await loadGroups(connection, older, after, from, { first: 0, end: GROUPS }, new Set(damaged))
    if (damaged.length === 0) return { segment: saved.segment, nextSegment, damaged: 0 }
    const all = await unreadFrom(connection, 0)
    for (const group of damaged) await loadGroups(connection, older, all, from, { first: group, end: group + 1 })
    return { segment: 0, nextSegment, damaged: damaged.length }
  }
  const all = saved === undefined ? after : await unreadFrom(connection, 0)
  older.pass(all.days.at(-1)?.day ?? 0)
  const remembered = all.days.filter(({ day }) => day >= older.firstRemembered)
  await loadGroups(connection, older, all, older.expect(remembered), { first: 0, end: GROUPS })
  return { segment: 0, nextSegment, damaged: 0 }
}

async function unreadFrom(connection: DuckDBConnection, segment: number): Promise<Unread> {
  const rows = await rowsOf(
    connection,
    `SELECT day, count(*), max(segment) FROM event_id_sorted WHERE segment >= ${segment} GROUP BY day ORDER BY day`,
  )
  const days = rows.map(([day, ids]) => ({ day: Number(day), ids: Number(ids) }))
  return { segment, days, lastSegment: Math.max(0, ...rows.map(([, , last]) => Number(last))) }
}

/** @returns the groups that are damaged. */
async function restoreGroups(file: FilterFile, older: OlderIds): Promise<readonly number[]> {
  const damaged: number[] = []
  let next = file.read(0)
  for (let group = 0; group < GROUPS; group++) {
    const runs = await next
    // Read while this thread checks and takes in the one before.
    next = group + 1 < GROUPS ? file.read(group + 1) : next
    if (runs === undefined) damaged.push(group)
    else older.restore(group, runs)
  }
  return damaged
}

/**
 * Takes the upper half of each hash into the filter, group after group, of all days at once.
 * @param from the first day that there is memory for. @param without groups that are left out.
 */
async function loadGroups(
  connection: DuckDBConnection,
  older: OlderIds,
  { segment, days }: Unread,
  from: number,
  wanted: { readonly first: number; readonly end: number },
  without: ReadonlySet<number> = new Set(),
): Promise<void> {
  const ids = days.reduce((sum, day) => sum + day.ids, 0)
  if (ids === 0) return
  const groups = Math.min(GROUPS, Math.max(1, Math.floor((GROUPS * READ_AT_ONCE) / ids)))
  const key = `(hi >> ${64 - KEY_BITS - Math.log2(GROUPS)})::DOUBLE * ${TAGS} + ${older.tagSql('day')}`
  const which = `segment >= ${segment} AND day >= ${Math.max(from, older.firstRemembered)}`
  for (let first = wanted.first; first < wanted.end; first += groups) {
    const end = Math.min(wanted.end, first + groups)
    const range = `hi >= ${GROUP_SIZE * BigInt(first)} AND hi <= ${GROUP_SIZE * BigInt(end) - 1n}`
    const keys = await doublesOf(connection, `SELECT ${key} FROM event_id_sorted WHERE ${which} AND ${range}`)
    for (const [index, ofGroup] of splitByGroup(keys, first, end).entries()) {
      if (!without.has(first + index)) older.load(first + index, ofGroup)
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

/** Takes in what is not sorted yet; it ends in the exact tables. @param next no segment had this number yet. */
export async function loadAppended(
  connection: DuckDBConnection,
  recent: RecentIds,
  older: OlderIds,
  next: number,
): Promise<void> {
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
  recent.endLoading(next)
}
