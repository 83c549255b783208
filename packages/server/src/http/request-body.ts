import type { IncomingMessage } from 'node:http'
import { Refusal } from '../domain/refusal.ts'
import { releaseMemory } from '../domain/release-memory.ts'
import type { ContentEncoding } from './content-encoding.ts'
import { decodeBody } from './content-encoding.ts'
import { tooLarge } from './error-answers.ts'

const RETRY_SECONDS = 1

/** True when the request says that it carries a body, even if that then turns out to be empty. */
export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/** The memory that bodies being read may take together, so that many big ones at once cannot exhaust it. */
export class BodyMemory {
  readonly #mostBytes: number
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /**
   * Reads and decompresses a request's body and keeps its memory until `use` is done with it.
   * @throws Refusal request.entity.too.large past `maxBytes`, compressed or decompressed; bad.request for what cannot
   * be decompressed or breaks off; service.unavailable when too much is being read.
   */
  async withBody<Result>(
    request: IncomingMessage,
    options: { readonly encoding: ContentEncoding; readonly maxBytes: number },
    use: (body: Buffer) => Promise<Result>,
  ): Promise<Result> {
    const { encoding, maxBytes } = options
    let held = 0
    const hold = (bytes: number) => {
      if (this.#bytes + bytes > this.#mostBytes) throw busy()
      this.#bytes += bytes
      held += bytes
    }
    try {
      const raw = await readAll(request, maxBytes, hold)
      const body = await decodeBody(raw, encoding, maxBytes)
      if (body !== raw) {
        hold(body.length)
        releaseMemory(raw)
      }
      return await use(body)
    } finally {
      this.#bytes -= held
    }
  }
}

/** By hand, because leaving a `for await` over a request destroys its connection before anything is answered. */
function readAll(request: IncomingMessage, maxBytes: number, hold: (bytes: number) => void): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return reject(tooLarge(maxBytes))
    const giveUp = (error: unknown) => {
      request.off('data', take)
      // The rest is read and thrown away: a sender that is still sending would not see the answer.
      request.resume()
      reject(error)
    }
    const breakOff = () => reject(new Refusal('bad.request', 'The connection ended before the body did.'))
    const take = (chunk: Buffer) => {
      length += chunk.length
      try {
        if (length > maxBytes) throw tooLarge(maxBytes)
        hold(chunk.length)
        chunks.push(chunk)
      } catch (error) {
        giveUp(error)
      }
    }
    request.on('data', take)
    request.once('end', () => {
      request.off('close', breakOff)
      const body = Buffer.concat(chunks, length)
      for (const chunk of chunks) releaseMemory(chunk)
      resolve(body)
    })
    request.once('error', breakOff)
    request.once('close', breakOff)
  })
}

function busy(): Refusal {
  return new Refusal(
    'service.unavailable',
    'Too many bodies are being read. Nothing of this one was counted; send it again in {seconds} s.',
    { seconds: String(RETRY_SECONDS) },
    { retryAfter: RETRY_SECONDS },
  )
}
