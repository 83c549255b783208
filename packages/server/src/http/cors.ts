import type { FastifyInstance } from 'fastify'
import { CORRELATION_HEADER } from './answer-headers.ts'

const READABLE_HEADERS = [
  CORRELATION_HEADER,
  'inin-ratelimit-count',
  'inin-ratelimit-allowed',
  'inin-ratelimit-reset',
  'Retry-After',
].join(', ')

/** How long a browser may remember what it was allowed. */
const PREFLIGHT_SECONDS = 600

/**
 * Lets pages of these origins call the API with a token of their own (setting `corsOrigins`, none by default; `*` is
 * any). Cookies are never shared: the session belongs to our own pages.
 */
export function addCors(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  const allowed = new Set(origins)
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    reply.header('vary', 'Origin')
    if (origin === undefined || !(allowed.has(origin) || allowed.has('*'))) return
    reply.header('access-control-allow-origin', origin)
    reply.header('access-control-expose-headers', READABLE_HEADERS)
    const method = request.headers['access-control-request-method']
    if (request.method !== 'OPTIONS' || method === undefined) return
    reply.header('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
    reply.header(
      'access-control-allow-headers',
      'Authorization, Content-Type, Content-Encoding, Idempotency-Key, Last-Event-ID, X-Api-Key',
    )
    reply.header('access-control-max-age', PREFLIGHT_SECONDS)
  })
}
