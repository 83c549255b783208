import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Refusal } from '../domain/refusal.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { addAccess } from './access.ts'
import { answerHeaders, SPELLED_HEADERS } from './answer-headers.ts'
import type { Parts } from './api.ts'
import { addCors } from './cors.ts'
import { answerError, notFound } from './error-answers.ts'
import { createFastify, type ServerOptions } from './fastify-server.ts'
import { addJsonBodies } from './json-body.ts'
import { addOtherMethods } from './other-methods.ts'
import { createRateLimit } from './rate-limit.ts'
import { addRequestLog } from './request-log.ts'
import { addRoutes } from './routes.ts'
import { compileValidator } from './validation.ts'

/** Where requests are counted, and /metrics shows it, is the app's own matter unless `metrics` says otherwise. */
export type AppOptions = Omit<ServerOptions, 'metrics'> & Partial<Pick<ServerOptions, 'metrics'>>

/** The HTTP server with all its operations, not listening yet. */
export async function createApp(parts: Parts, options: AppOptions): Promise<FastifyInstance> {
  const metrics = options.metrics ?? createMetrics({ version: parts.version })
  const app = createFastify(parts.settings, { ...options, metrics })
  app.setValidatorCompiler(compileValidator)
  app.setErrorHandler(answerError)
  addJsonBodies(app)
  addRequestLog(app, metrics)
  addAnswerHeaders(app, parts)
  addCors(app, parts.settings.corsOrigins)
  addUnknownPaths(app)
  await app.register(cookie)
  addAccess(app, parts, await createRateLimit(app, parts.settings.rateLimitPerMinute))
  const otherMethods = addOtherMethods(app)
  await addRoutes(app, parts, metrics)
  otherMethods.register()
  await app.ready()
  return app
}

function addAnswerHeaders(app: FastifyInstance, parts: Parts): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(answerHeaders(request.id, parts.settings.rateLimitPerMinute))
    if (request.raw.httpVersion === '1.1' && request.headers.host === undefined) {
      throw new Refusal('bad.request', 'The Host header is missing.')
    }
  })
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onSend', async (_request, reply, payload) => {
    // A connection kept alive would keep the closing server waiting for it.
    if (isClosing) reply.header('connection', 'close')
    // The platform says application/json, without a charset (wire.md §1).
    if (reply.getHeader('content-type') === 'application/json; charset=utf-8')
      reply.header('content-type', 'application/json')
    keepSpelling(reply)
    return payload
  })
}

/** Takes names past fastify, which writes all of them in lower case. */
function keepSpelling(reply: FastifyReply): void {
  for (const name of SPELLED_HEADERS) {
    const value = reply.getHeader(name)
    if (value === undefined) continue
    reply.removeHeader(name)
    reply.raw.setHeader(name, value)
  }
}

/** Unknown paths are answered before anybody asks for credentials or a body. */
function addUnknownPaths(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw notFound()
  })
  app.setNotFoundHandler(() => {
    throw notFound()
  })
}
