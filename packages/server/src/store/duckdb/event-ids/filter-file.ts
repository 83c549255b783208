import { type FileHandle, open, rename } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { type PackedRun, restored, TAGS } from './packed-run.ts'
import { GROUPS } from './prefix-filter.ts'

/**
 * A file of a filter's runs, as they lie in memory, with one index of them at the end. Each run has a checksum in the
 * index, and the index has one that is kept elsewhere: nothing is read from it that was not written to it.
 */

/** What tells a file's index, and whether it is whole. */
export interface FilterIndex {
  /** How many runs the file has. */
  readonly runs: number
  /** CRC-32 of the index. */
  readonly checksum: number
}

/** The file is missing, cut short or changed. */
export class DamagedFilter extends Error {
  override readonly name = 'DamagedFilter'
}

interface IndexedRun extends Pick<PackedRun, 'precision' | 'bucketBits' | 'tags'> {
  readonly group: number
  /** Where its words begin in the file, in bytes. */
  readonly at: number
  readonly length: number
  readonly checksum: number
}

/** Group, precision, bucket bits, words and checksum; then how many hashes have each tag. */
const FACTS = 5
const ENTRY_WORDS = FACTS + TAGS
/** So many groups are written before others go first: some 24 MB at 100 million ids. */
const GROUPS_AT_ONCE = 16

/**
 * Writes what a filter has at some moment meanwhile, group by group. When this resolves, the file is on disk as a whole.
 * @param runsOf the runs of a group. @param pause called between parts, with the milliseconds that the last one took.
 */
export async function writeFilter(
  path: string,
  runsOf: (group: number) => readonly PackedRun[],
  pause: (milliseconds: number) => Promise<void>,
): Promise<FilterIndex> {
  const unfinished = `${path}.new`
  const file = await open(unfinished, 'w', 0o600)
  const entries: number[] = []
  try {
    let started = performance.now()
    for (let group = 0; group < GROUPS; group++) {
      for (const { words, precision, bucketBits, tags } of [...runsOf(group)]) {
        await writeAll(file, words)
        entries.push(group, precision, bucketBits, words.length, checksumOf(words), ...tags)
      }
      if (group % GROUPS_AT_ONCE !== GROUPS_AT_ONCE - 1) continue
      // Synced by and by: commits that sync meanwhile wait for no more than this.
      await file.datasync()
      await pause(performance.now() - started)
      started = performance.now()
    }
    const index = Int32Array.from(entries)
    await writeAll(file, index)
    await file.sync()
    await file.close()
    await rename(unfinished, path)
    return { runs: entries.length / ENTRY_WORDS, checksum: crc32(bytesOf(index)) }
  } finally {
    await file.close().catch(() => undefined)
  }
}

/** The runs of a file that was written before. */
export class FilterFile {
  readonly #file: FileHandle
  readonly #runs: readonly IndexedRun[]

  private constructor(file: FileHandle, runs: readonly IndexedRun[]) {
    this.#file = file
    this.#runs = runs
  }

  /** @throws DamagedFilter unless the index is as it was written. */
  static async open(path: string, index: FilterIndex): Promise<FilterFile> {
    const file = await open(path, 'r').catch((cause) => {
      throw new DamagedFilter('The file of the filter cannot be opened.', { cause })
    })
    try {
      const words = new Int32Array(index.runs * ENTRY_WORDS)
      const { size } = await file.stat()
      if (!(await readAll(file, words, size - words.byteLength)) || crc32(bytesOf(words)) !== index.checksum) {
        throw new DamagedFilter('The index of the filter is damaged.')
      }
      return new FilterFile(file, indexedRuns(words))
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** How many hashes have each tag. */
  get counts(): readonly number[] {
    return Array.from({ length: TAGS }, (_, tag) => this.#runs.reduce((sum, { tags }) => sum + (tags[tag] ?? 0), 0))
  }

  /** The least that is kept of a hash. */
  get precision(): number {
    return Math.min(...this.#runs.map(({ precision }) => precision))
  }

  /** @returns a group's runs, undefined when one of them is damaged. */
  async read(group: number): Promise<readonly PackedRun[] | undefined> {
    const runs: PackedRun[] = []
    for (const indexed of this.#runs.filter((run) => run.group === group)) {
      const words = new Int32Array(indexed.length)
      if (!(await readAll(this.#file, words, indexed.at)) || checksumOf(words) !== indexed.checksum) return undefined
      const run = restored(indexed, words)
      if (run === undefined) return undefined
      runs.push(run)
    }
    return runs
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

function indexedRuns(words: Int32Array<ArrayBuffer>): readonly IndexedRun[] {
  let at = 0
  return Array.from({ length: words.length / ENTRY_WORDS }, (_, entry) => {
    const begin = entry * ENTRY_WORDS
    const [group = 0, precision = 0, bucketBits = 0, length = 0, checksum = 0] = words.subarray(begin, begin + FACTS)
    const run = {
      group,
      precision,
      bucketBits,
      length,
      checksum,
      at,
      tags: words.slice(begin + FACTS, begin + ENTRY_WORDS),
    }
    at += length * words.BYTES_PER_ELEMENT
    return run
  })
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array<ArrayBuffer>) =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** As the index has it, signed. */
const checksumOf = (words: Int32Array<ArrayBuffer>) => crc32(bytesOf(words)) | 0

async function writeAll(file: FileHandle, words: Int32Array<ArrayBuffer>): Promise<void> {
  const bytes = bytesOf(words)
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
}

/** False when the file has not so much. */
async function readAll(file: FileHandle, words: Int32Array<ArrayBuffer>, position: number): Promise<boolean> {
  const bytes = bytesOf(words)
  if (position < 0) return false
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, position + at).catch(() => ({ bytesRead: 0 }))
    if (bytesRead === 0) return false
    at += bytesRead
  }
  return true
}
