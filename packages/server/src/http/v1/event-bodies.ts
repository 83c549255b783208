import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { Api, HttpSettings } from '../api.ts'
import { contentEncoding } from '../content-encoding.ts'
import { BodyMemory, hasBody } from '../request-body.ts'

/** How many bodies of the greatest length may be in memory at once, of all operations that take events. */
const BIG_BODIES_AT_ONCE = 8

const memories = new WeakMap<HttpSettings, BodyMemory>()

export interface MediaType {
  /** In lower case; "" without a Content-Type. */
  readonly mediaType: string
  readonly parameters: readonly string[]
}

/** Reads a body and lends it to `use`, decompressed; undefined for a request without one. */
export type ReadEventBody = <Result>(
  request: FastifyRequest,
  use: (body: Buffer) => Promise<Result>,
) => Promise<Result | undefined>

/**
 * Lets the operations of this scope read bodies of events themselves, within limits of their own: fastify's parsers know
 * no Content-Encoding. What the headers say is looked at before the body is read.
 * @param check refuses a Content-Type that the operation does not take.
 */
export function readEventBodies(
  api: Api,
  settings: HttpSettings,
  check: (headers: IncomingHttpHeaders) => void = () => {},
): ReadEventBody {
  const memory = memories.get(settings) ?? new BodyMemory(BIG_BODIES_AT_ONCE * settings.maxBodyBytes)
  memories.set(settings, memory)
  api.removeAllContentTypeParsers()
  api.addContentTypeParser('*', (_request, _payload, done) => done(null))
  api.addHook('onRequest', async ({ raw }) => {
    if (!hasBody(raw)) return
    check(raw.headers)
    contentEncoding(raw.headers['content-encoding'])
  })
  return async (request, use) => {
    if (!hasBody(request.raw)) return undefined
    const encoding = contentEncoding(request.headers['content-encoding'])
    return memory.withBody(request.raw, { encoding, maxBytes: settings.maxBodyBytes }, use)
  }
}

export function mediaTypeOf(headers: IncomingHttpHeaders): MediaType {
  const [mediaType = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  return { mediaType: mediaType.trim(), parameters }
}
