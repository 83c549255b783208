import { KeySorter } from './key-sorter.ts'
import {
  bitsOfEntry,
  KEY_BITS,
  mayHave,
  type PackedRun,
  packed,
  TAGS,
  taggedKey,
  tagOf,
  touch,
  unpack,
} from './packed-run.ts'

/** Hashes are grouped by their first eight bits, so that what is merged at a time is small. */
export const GROUPS = 256
const GROUP_BITS = 8

/** A run is merged with what came after it once that is no less than this part of it. */
const PART_TO_MERGE = 1 / 3
/** Less than this of a key says so little that looking at the disk each time is no worse. */
const LEAST_PRECISION = 20
export const PRECISION_STEP = 2

/** The group of the hash at words[at]. */
export function groupOf(words: Uint32Array, at: number): number {
  return (words[at + 1] ?? 0) >>> (32 - GROUP_BITS)
}

const upperOf = (words: Uint32Array, at: number) =>
  (((words[at + 1] ?? 0) << GROUP_BITS) | ((words[at] ?? 0) >>> (32 - GROUP_BITS))) >>> 0
const lowerOf = (words: Uint32Array, at: number) => ((words[at] ?? 0) >>> (64 - GROUP_BITS - KEY_BITS)) & 15

/** Tagged keys are less than this. */
export const KEY_LIMIT = taggedKey(2 ** KEY_BITS, 0)

/** The hash at words[at] as a number that sorts within its group, with a tag. */
export function keyOf(words: Uint32Array, at: number, tag: number): number {
  return taggedKey(upperOf(words, at) * 2 ** (KEY_BITS - 32) + lowerOf(words, at), tag)
}

/**
 * A set that may say yes to what is not in it: of 44 bits of each hash, six times in a million among 100 million. Whatever
 * is added comes with a tag, by which it is dropped later.
 *
 * It never outgrows its memory for long: fewer bits of each hash are kept then, so that it says yes more often, and in
 * the end tags are given up altogether.
 */
export class PrefixFilter {
  /** What it takes of memory now. */
  bytes = 0
  /** How many bits of each key are kept. */
  precision = KEY_BITS
  /** How many hashes have each tag. */
  readonly counts = new Float64Array(TAGS)
  readonly #sorter = new KeySorter()
  #room = new Float64Array(0)
  readonly #groups: readonly PackedRun[][] = Array.from({ length: GROUPS }, () => [])

  /** Adds tagged keys to a group, in any order. */
  add(group: number, keys: Float64Array, count: number): void {
    if (count === 0) return
    this.restore(group, packed(this.#sorter.sort(keys, count, KEY_LIMIT), count, this.precision))
  }

  /** Adds a run as it was once. */
  restore(group: number, run: PackedRun): void {
    this.runsOf(group).push(run)
    this.#account(run, 1)
  }

  /**
   * To be called for some hashes before they are looked up: memory is asked for all of them at once then, and not one
   * after the other, which takes a third off.
   */
  touch(words: Uint32Array, at: number): number {
    const run = this.runsOf(groupOf(words, at))[0]
    return run === undefined ? 0 : touch(run, upperOf(words, at))
  }

  /** Whether the hash at words[at] may be there; `found` gets a 1 at each tag it may be there with. */
  mayHave(words: Uint32Array, at: number, found: Uint8Array): boolean {
    const runs = this.runsOf(groupOf(words, at))
    const upper = upperOf(words, at)
    const lower = lowerOf(words, at)
    let isThere = false
    for (let index = 0; index < runs.length; index++) {
      const run = runs[index]
      if (run !== undefined && mayHave(run, upper, lower, found)) isThere = true
    }
    return isThere
  }

  /**
   * Merges runs of a group, so that few are left.
   * @param isKept whether what has a tag is still wanted. @param all rewrites the group as a whole, without what is not.
   */
  tidy(group: number, isKept: (tag: number) => boolean, all: boolean): void {
    const runs = this.runsOf(group)
    const isTooPrecise = runs.some(({ precision }) => precision > this.precision)
    const merged = all || isTooPrecise ? runs.length : newestToMerge(runs)
    if (merged > 1 || (merged === 1 && (all || isTooPrecise))) this.#merge(runs, merged, isKept)
  }

  /** What so many hashes take, about. */
  bytesFor(count: number): number {
    return (count * bitsOfEntry(count / GROUPS, this.precision)) / 8
  }

  /** Keeps less of each hash from now on; false when there is no less. */
  coarsen(): boolean {
    if (this.precision <= LEAST_PRECISION) return false
    this.precision -= PRECISION_STEP
    return true
  }

  #merge(runs: PackedRun[], count: number, isKept: (tag: number) => boolean): void {
    const taken = runs.splice(runs.length - count)
    const total = taken.reduce((sum, run) => sum + run.count, 0)
    if (this.#room.length < total) this.#room = new Float64Array(Math.ceil(total * 1.25))
    let at = 0
    for (const run of taken) {
      unpack(run, this.#room.subarray(at, at + run.count))
      at += run.count
    }
    const keys = this.#sorter.sort(this.#room, total, KEY_LIMIT)
    const kept = this.#keepOnly(keys, total, isKept)
    for (const run of taken) this.#account(run, -1)
    if (kept === 0) return
    const run = packed(keys, kept, Math.min(this.precision, ...taken.map(({ precision }) => precision)))
    runs.push(run)
    this.#account(run, 1)
  }

  #keepOnly(keys: Float64Array, count: number, isKept: (tag: number) => boolean): number {
    const wanted = Uint8Array.from({ length: TAGS }, (_, tag) => (isKept(tag) ? 1 : 0))
    let kept = 0
    for (let index = 0; index < count; index++) {
      const key = keys[index] ?? 0
      if (wanted[tagOf(key)] === 1) keys[kept++] = key
    }
    return kept
  }

  #account(run: PackedRun, sign: 1 | -1): void {
    this.bytes += sign * run.words.byteLength
    for (let tag = 0; tag < TAGS; tag++) this.counts[tag] = (this.counts[tag] ?? 0) + sign * (run.tags[tag] ?? 0)
  }

  /** A group's runs, none of which ever changes. */
  runsOf(group: number): PackedRun[] {
    return this.#groups[group] ?? []
  }
}

/** How many of the newest runs are worth merging. */
function newestToMerge(runs: readonly PackedRun[]): number {
  let merged = 1
  let size = runs.at(-1)?.count ?? 0
  for (let index = runs.length - 2; index >= 0; index--) {
    const run = runs[index]
    if (run === undefined || size < run.count * PART_TO_MERGE) break
    size += run.count
    merged++
  }
  return merged
}
