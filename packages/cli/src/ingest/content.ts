import { once } from 'node:events'
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib'

/** What stands around the content of a file. */
export type Wrapping = 'plain' | 'gzip' | 'zstd'

/** So many first bytes tell the wrapping. */
export const WRAPPING_BYTES = 4

/** By the content: a file's name may lie. */
export function wrappingOf(start: Uint8Array): Wrapping {
  const [a = 0, b = 0, c = 0, d = 0] = start
  if (a === 0x1f && b === 0x8b) return 'gzip'
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd'
  // A skippable frame, with which seekable and parallel zstd begin.
  return a >= 0x50 && a <= 0x5f && b === 0x2a && c === 0x4d && d === 0x18 ? 'zstd' : 'plain'
}

/** Compressed content that ends too early, or is damaged. */
export class BrokenContent extends Error {
  override readonly name = 'BrokenContent'
}

type Bytes = AsyncIterable<Buffer>

/**
 * The content itself: concatenated members and frames are one.
 * @throws BrokenContent after what could be read of it.
 */
export async function* unwrapped(bytes: Bytes, wrapping: Wrapping): Bytes {
  if (wrapping === 'plain') return yield* bytes
  const decoder = new Decoder(wrapping)
  try {
    for await (const chunk of bytes) yield* decoder.write(chunk)
    yield* decoder.end()
  } catch (error) {
    throw isZlibError(error) ? new BrokenContent(`the ${wrapping} content is damaged or cut: ${error.message}`) : error
  } finally {
    decoder.close()
  }
}

/** Decompressors that follow one another: Node's for zstd ends with the first frame. */
class Decoder {
  readonly #make: () => Gunzip | ZstdDecompress
  #stream: Gunzip | ZstdDecompress
  #ended: Promise<unknown> = Promise.resolve()
  #written = 0
  #output: Buffer[] = []

  constructor(wrapping: 'gzip' | 'zstd') {
    this.#make = wrapping === 'gzip' ? createGunzip : createZstdDecompress
    this.#stream = this.#next()
  }

  *#taken(): Iterable<Buffer> {
    const output = this.#output
    this.#output = []
    yield* output
  }

  async *write(chunk: Buffer): Bytes {
    let rest = chunk
    while (rest.length > 0) {
      await new Promise<void>((resolve, reject) => {
        this.#stream.once('error', reject)
        this.#stream.write(rest, (error) => {
          this.#stream.off('error', reject)
          if (error) reject(error)
          else resolve()
        })
      })
      this.#written += rest.length
      const left = this.#written - this.#stream.bytesWritten
      yield* this.#taken()
      if (left === 0) return
      await this.#finish()
      yield* this.#taken()
      rest = rest.subarray(rest.length - left)
      this.#stream = this.#next()
    }
  }

  async *end(): Bytes {
    if (this.#written === 0) return
    await this.#finish()
    yield* this.#taken()
  }

  close(): void {
    this.#stream.destroy()
  }

  #next(): Gunzip | ZstdDecompress {
    this.#written = 0
    const stream = this.#make().on('data', (bytes: Buffer) => this.#output.push(bytes))
    // It may end by itself, before it is waited for.
    this.#ended = once(stream, 'end')
    this.#ended.catch(() => {})
    return stream
  }

  async #finish(): Promise<void> {
    this.#stream.end()
    await this.#ended
  }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_|ERR_ZLIB)/.test(String(error.code))
}
