import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Refusal } from '../domain/refusal.ts'
import { StoreUnavailable } from '../store/usage-store.ts'

/** A response's whole body: bytes, or a stream of what is in a file that has no name any more. */
export type Body = Buffer | Readable

/** Longer bodies go to disk. */
const IN_MEMORY_BYTES = 4 << 20
/** 100,000 rows of the longest names that are usual take a quarter of it. */
const MOST_BYTES = 256 << 20

/**
 * Takes the pieces of a body to the end: a short one stays in memory, a long one goes to a file that is nowhere to be
 * found already while it is written, and is gone when the body was read or given up.
 * @throws Refusal constraint.validation for a body that is longer than any answer may be, StoreUnavailable when the
 *   disk is full.
 */
export async function spoolBody(pieces: AsyncIterable<string | Uint8Array>): Promise<Body> {
  const held: Buffer[] = []
  let bytes = 0
  let file: FileHandle | undefined
  try {
    for await (const piece of pieces) {
      const buffer = Buffer.from(piece)
      bytes += buffer.length
      if (bytes > MOST_BYTES) throw tooLong()
      held.push(buffer)
      if (bytes <= IN_MEMORY_BYTES) continue
      file ??= await openNameless()
      await file.writeFile(Buffer.concat(held.splice(0)))
    }
    if (file === undefined) return Buffer.concat(held)
    const body = file.createReadStream({ start: 0 })
    file = undefined
    return body
  } catch (error) {
    throw isDiskFull(error) ? new StoreUnavailable('The disk is full.', { cause: error }) : error
  } finally {
    await file?.close()
  }
}

async function openNameless(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-answer-'))
  try {
    return await open(join(folder, 'body'), 'wx+', 0o600)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function tooLong(): Refusal {
  return new Refusal(
    'constraint.validation',
    'The answer is longer than the allowed {most} bytes. Ask for a shorter interval, or set [limit].',
    { most: String(MOST_BYTES) },
  )
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC'
}
