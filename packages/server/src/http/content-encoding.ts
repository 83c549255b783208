import { constants, gunzip, type ZstdOptions, zstdDecompress } from 'node:zlib'
import { Refusal } from '../domain/refusal.ts'
import { tooLarge } from './error-answers.ts'

/** How a body may be compressed; every other Content-Encoding is refused, and so are two at once (decisions.md 25). */
const DECODERS = {
  identity: (body: Buffer) => Promise.resolve(body),
  gzip: decodeGzip,
  'x-gzip': decodeGzip,
  zstd: decodeZstd,
}

export type ContentEncoding = keyof typeof DECODERS

/** zstd windows up to 16 MiB: what a decoder allocates before the first byte comes out (decisions.md 25). */
const ZSTD_WINDOW_LOG = 24
/** Every frame is a job of its own, and the smallest are of nine bytes. */
const MOST_ZSTD_FRAMES = 1_000
/** A gzip file ends with its length, modulo 2^32. */
const LENGTH_BYTES = 4
/** Events are compressed to a fifth or a tenth; who says more gets memory as it is needed. */
const BELIEVED_RATIO = 16
/** Output is made in pieces of this size; bigger ones mean fewer trips to the thread pool. */
const [SMALLEST_CHUNK, BIGGEST_CHUNK] = [16 * 1024, 4 * 1024 * 1024]

/**
 * @param header the Content-Encoding header.
 * @throws Refusal unsupported.media.type naming the allowed ones.
 */
export function contentEncoding(header: string | undefined): ContentEncoding {
  const name = header?.trim().toLowerCase() || 'identity'
  if (isContentEncoding(name)) return name
  throw new Refusal(
    'unsupported.media.type',
    'The Content-Encoding [{encoding}] is not supported. Allowed is one of: gzip, zstd, identity.',
    { encoding: name.slice(0, 100) },
  )
}

function isContentEncoding(name: string): name is ContentEncoding {
  return Object.hasOwn(DECODERS, name)
}

/**
 * Takes the compression off a body, on the thread pool. All members of a gzip file and all frames of a zstd file are
 * read.
 * @throws Refusal request.entity.too.large past `maxBytes` of output, bad.request for what cannot be decompressed.
 */
export async function decodeBody(body: Buffer, encoding: ContentEncoding, maxBytes: number): Promise<Buffer> {
  if (body.length === 0) return body
  try {
    return await DECODERS[encoding](body, maxBytes)
  } catch (error) {
    if (error instanceof Refusal) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes)
    throw new Refusal('bad.request', 'The body is not the {encoding} that its Content-Encoding says: {reason}.', {
      encoding,
      reason: message,
    })
  }
}

function decodeGzip(body: Buffer, maxBytes: number): Promise<Buffer> {
  const options = { maxOutputLength: maxBytes, chunkSize: gzipChunkSize(body) }
  return new Promise((resolve, reject) => {
    gunzip(body, options, (error, decoded) => (error ? reject(error) : resolve(withoutRest(decoded))))
  })
}

/**
 * The whole output and a byte in one piece, if what the last four bytes say of its length can be believed: then it need
 * not be copied together, nor away from what is behind it.
 */
function gzipChunkSize(body: Buffer): number {
  if (body.length < LENGTH_BYTES) return SMALLEST_CHUNK
  const length = body.readUInt32LE(body.length - LENGTH_BYTES) + 1
  return Math.min(BIGGEST_CHUNK, Math.max(SMALLEST_CHUNK, Math.min(length, BELIEVED_RATIO * body.length)))
}

/** The same bytes in a buffer that has nothing else, where that costs nothing: it can be handed to another thread. */
function withoutRest(decoded: Buffer): Buffer {
  const { buffer, byteOffset, length } = decoded
  // Smaller ones may lie in Node's pool, which others use and which cannot be given away.
  if (buffer.byteLength <= Buffer.poolSize || byteOffset !== 0 || !(buffer instanceof ArrayBuffer)) return decoded
  return buffer.byteLength === length ? decoded : Buffer.from(buffer.transfer(length))
}

/** Node decodes the first frame and passes over the others, without an error. */
async function decodeZstd(body: Buffer, maxBytes: number): Promise<Buffer> {
  const frames: Buffer[] = []
  let left = maxBytes
  for (let offset = 0; offset < body.length; ) {
    if (frames.length === MOST_ZSTD_FRAMES) {
      throw new Refusal('bad.request', 'The body has more than the allowed {most} zstd frames.', {
        most: String(MOST_ZSTD_FRAMES),
      })
    }
    const { decoded, consumed } = await decodeZstdFrame(body.subarray(offset), left)
    left -= decoded.length
    if (left < 0) throw tooLarge(maxBytes)
    frames.push(decoded)
    offset += consumed
  }
  return frames.length === 1 && frames[0] !== undefined ? frames[0] : Buffer.concat(frames)
}

function decodeZstdFrame(body: Buffer, maxBytes: number): Promise<{ decoded: Buffer; consumed: number }> {
  const options: ZstdOptions = {
    params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
    // Node allows no 0 here.
    maxOutputLength: Math.max(1, maxBytes),
    chunkSize: chunkSizeFor(body),
    info: true,
  }
  return new Promise((resolve, reject) => {
    zstdDecompress(body, options, (error, result) => {
      if (error) return reject(error)
      // `info` changes what comes back, and the types do not know.
      const { buffer, engine } = result as unknown as { buffer: Buffer; engine: { bytesWritten: number } }
      resolve({ decoded: buffer, consumed: engine.bytesWritten })
    })
  })
}

function chunkSizeFor(body: Buffer): number {
  return Math.min(BIGGEST_CHUNK, Math.max(SMALLEST_CHUNK, 4 * body.length))
}
