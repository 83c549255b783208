import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { UsageValue } from '../store/usage-store.ts'

export type UsageRow = readonly UsageValue[]

/** Rows in one kept chunk: what is in memory at once while a result is kept or read. */
export const CHUNK_ROWS = 1000

/** A bigint is kept as its digits, and `bigints` says where: [row, column]. */
interface KeptRows {
  readonly rows: readonly (readonly (string | number | null)[])[]
  readonly bigints?: readonly (readonly [row: number, column: number])[]
}

/** SQLite has no checksums: damaged rows are to fail, and never to be read as other numbers. */
const WITH_CHECKSUM = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }

/** Rows as they are kept on disk: JSON, zstd-compressed, with a checksum. */
export function encodeRows(rows: readonly UsageRow[]): Uint8Array {
  const bigints: [number, number][] = []
  const plain = rows.map((row, index) =>
    row.map((value, column) => {
      if (typeof value !== 'bigint') return value
      bigints.push([index, column])
      return value.toString()
    }),
  )
  const kept: KeptRows = bigints.length === 0 ? { rows: plain } : { rows: plain, bigints }
  return zstdCompressSync(JSON.stringify(kept), WITH_CHECKSUM)
}

/** What `encodeRows` was given. */
export function decodeRows(kept: Uint8Array): UsageRow[] {
  const { rows, bigints = [] } = JSON.parse(zstdDecompressSync(kept).toString()) as KeptRows
  const decoded = rows as UsageValue[][]
  for (const [index, column] of bigints) {
    const row = decoded[index]
    if (row !== undefined) row[column] = BigInt(row[column] as string)
  }
  return decoded
}

/** The same rows in chunks of `size`; only the last one may be shorter. */
export async function* inChunksOf(
  size: number,
  chunks: AsyncIterable<readonly UsageRow[]>,
): AsyncGenerator<UsageRow[]> {
  let pending: UsageRow[] = []
  for await (const chunk of chunks) {
    for (const row of chunk) {
      pending.push(row)
      if (pending.length < size) continue
      yield pending
      pending = []
    }
  }
  if (pending.length > 0) yield pending
}
