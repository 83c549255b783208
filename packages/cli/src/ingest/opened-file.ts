import { type FileHandle, open } from 'node:fs/promises'
import { unwrapped, WRAPPING_BYTES, type Wrapping, wrappingOf } from './content.ts'
import { HEAD_BYTES } from './fingerprint.ts'

const CHUNK_BYTES = 256 * 1024

/** Where a file lies, whatever its name is. */
export interface Place {
  readonly device: string
  readonly inode: string
}

/** A file, or what a rename has made of it: it stays the same while its name goes to another. */
export class OpenedFile implements AsyncDisposable {
  readonly path: string
  readonly place: Place
  readonly #handle: FileHandle

  private constructor(path: string, place: Place, handle: FileHandle) {
    this.path = path
    this.place = place
    this.#handle = handle
  }

  /** @throws the system's error when there is none or it cannot be read. */
  static async open(path: string): Promise<OpenedFile> {
    const handle = await open(path, 'r')
    try {
      const stat = await handle.stat({ bigint: true })
      if (stat.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: 'EISDIR' })
      return new OpenedFile(path, { device: String(stat.dev), inode: String(stat.ino) }, handle)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }

  /** Bytes on disk, at this moment. */
  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  async wrapping(): Promise<Wrapping> {
    return wrappingOf(await this.#bytesAt(0, WRAPPING_BYTES))
  }

  /** The first bytes of the content. */
  async head(): Promise<Buffer> {
    return this.bytes(0, HEAD_BYTES)
  }

  /** A piece of the content; shorter where that ends before, or is damaged. */
  async bytes(position: number, length: number): Promise<Buffer> {
    if ((await this.wrapping()) === 'plain') return this.#bytesAt(position, length)
    const pieces: Buffer[] = []
    let missing = length
    try {
      for await (const chunk of this.chunks(position)) {
        pieces.push(Buffer.from(chunk.subarray(0, missing)))
        missing -= chunk.length
        if (missing <= 0) break
      }
    } catch {
      // What could be read of it is the answer.
    }
    return Buffer.concat(pieces)
  }

  /**
   * The content from a position to its present end. A chunk is good until the next one is asked for.
   * @throws BrokenContent
   */
  async *chunks(position: number): AsyncIterable<Buffer> {
    const wrapping = await this.wrapping()
    if (wrapping === 'plain') return yield* this.#chunksFrom(position)
    let skip = position
    for await (const chunk of unwrapped(this.#chunksFrom(0), wrapping)) {
      if (skip < chunk.length) yield chunk.subarray(skip)
      skip = Math.max(0, skip - chunk.length)
    }
  }

  async *#chunksFrom(position: number): AsyncIterable<Buffer> {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    for (let at = position; ; ) {
      const { bytesRead } = await this.#handle.read(buffer, 0, CHUNK_BYTES, at)
      if (bytesRead === 0) return
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }

  async #bytesAt(position: number, length: number): Promise<Buffer> {
    const { bytesRead, buffer } = await this.#handle.read(Buffer.alloc(length), 0, length, position)
    return buffer.subarray(0, bytesRead)
  }
}

export function isSamePlace(a: Place, b: Place): boolean {
  return a.device === b.device && a.inode === b.inode
}

/** Names a file as it is now, if it does not change any more. */
export async function wholeFileOf(file: OpenedFile): Promise<string> {
  return `${file.place.device}:${file.place.inode}:${await file.size()}`
}
