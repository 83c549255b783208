import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { createMetrics } from '../telemetry/metrics.ts'
import { addAccess } from './access.ts'
import { answerHeaders, SPELLED_HEADERS } from './answer-headers.ts'
import type { Parts } from './api.ts'
import { addCors } from './cors.ts'
import { answerError, notFound } from './error-answers.ts'
import { createFastify, type ServerOptions } from './fastify-server.ts'
import { checkHost } from './host-header.ts'
import { addJsonBodies } from './json-body.ts'
import { addOtherMethods } from './other-methods.ts'
import { createRateLimit, untouchedRateLimit } from './rate-limit.ts'
import { MemoryRequestCounter, type RequestCounter } from './request-counter.ts'
import { addRequestLimits } from './request-limits.ts'
import { addRequestLog } from './request-log.ts'
import { addRoutes } from './routes.ts'
import { compileValidator } from './validation.ts'

/** Where requests are measured and where their limits are counted is the app's own matter unless it is told. */
export interface AppOptions extends Omit<ServerOptions, 'metrics'> {
  readonly metrics?: ServerOptions['metrics']
  /** Several nodes that share their limits share this. */
  readonly requestCounter?: RequestCounter
}

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
  addRequestLimits(app)
  await app.register(cookie)
  const { requestCounter = new MemoryRequestCounter(parts.now) } = options
  addAccess(app, parts, createRateLimit(requestCounter, parts.settings))
  const otherMethods = addOtherMethods(app)
  await addRoutes(app, parts, metrics)
  otherMethods.register()
  await app.ready()
  return app
}

function addAnswerHeaders(app: FastifyInstance, parts: Parts): void {
  const rateLimit = untouchedRateLimit(parts.settings)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(answerHeaders(request.id, rateLimit))
    checkHost(request.raw)
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
