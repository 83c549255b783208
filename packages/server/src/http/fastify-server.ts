import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import Fastify, { type FastifyBaseLogger, type FastifyHttpOptions, type FastifyInstance, LogController } from 'fastify'
import type { Metrics } from '../telemetry/metrics.ts'
import { answerHeaders } from './answer-headers.ts'
import { addAnswerTime } from './answer-time.ts'
import type { HttpSettings } from './api.ts'
import { answerError } from './error-answers.ts'
import { MAX_JSON_BYTES } from './json-body.ts'
import { untouchedRateLimit } from './rate-limit.ts'
import { refusedConnections } from './refused-connections.ts'
import { recordAnswer } from './request-log.ts'

/** Long enough for a path's longest client id (256 code points), whatever is percent-encoded in it. */
const MAX_PARAM_LENGTH = 1024
const MAX_HEADER_BYTES = 16 * 1024
/** A body of 16 MiB over 1.1 Mbit/s arrives in this time. */
const REQUEST_TIMEOUT_MS = 120_000
const HEADERS_TIMEOUT_MS = 20_000
/** Longer than the usual load balancer's minute, so that it never sends into a connection that we are closing. */
const KEEP_ALIVE_MS = 75_000
/** Nothing moves on the connection for so long: nobody is there any more. */
const IDLE_MS = 180_000
/** 100 MiB over 1.4 Mbit/s are sent in this time. */
const ANSWER_MS = 600_000

export interface ServerOptions {
  readonly log: FastifyBaseLogger
  readonly metrics: Metrics
  /** PEM texts: serves https. */
  readonly https?: { readonly cert: Buffer; readonly key: Buffer }
  /** Milliseconds in which a request must have arrived. */
  readonly requestTimeout?: number
  /** Milliseconds after which a connection on which nothing moves is cut. */
  readonly idleTimeout?: number
  /** Milliseconds after which an answer that is not sent yet ends. */
  readonly answerTimeout?: number
}

/** The bare server with all its limits: what it refuses before there is a route to answer. */
export function createFastify(settings: HttpSettings, options: ServerOptions): FastifyInstance {
  const { log, metrics, requestTimeout = REQUEST_TIMEOUT_MS, idleTimeout = IDLE_MS } = options
  const { trustProxy, maxBodyBytes } = settings
  const rateLimit = untouchedRateLimit(settings)
  const refused = refusedConnections({
    log,
    rateLimit,
    maxHeaderBytes: MAX_HEADER_BYTES,
    onAnswer: (status) => metrics.recordRequest({ method: '(none)', route: '(none)', status, milliseconds: 0 }),
  })
  const app = overHttpOrHttps(options, requestTimeout, {
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlationId' }),
    genReqId: () => randomUUID(),
    trustProxy,
    bodyLimit: Math.min(maxBodyBytes, MAX_JSON_BYTES),
    requestTimeout,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: idleTimeout,
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // Errors before there is a route: no hook runs for them.
    frameworkErrors: (error, request, reply) => {
      reply.headers(answerHeaders(request.id, rateLimit))
      reply.raw.once('finish', () => recordAnswer(request, reply, metrics))
      answerError(error, request, reply)
    },
    clientErrorHandler: refused.onClientError,
  })
  app.server.on('connect', refused.onConnect)
  app.server.prependListener('request', refused.onRequest)
  // An expectation that we do not know is no reason to refuse a request (RFC 9110 §10.1.1 lets us choose).
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  addAnswerTime(app, options.answerTimeout ?? ANSWER_MS)
  return app
}

function overHttpOrHttps(
  { https }: ServerOptions,
  requestTimeout: number,
  options: FastifyHttpOptions<Server>,
): FastifyInstance {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
    connectionsCheckingInterval: Math.min(5_000, requestTimeout),
    // Checked by app.ts, so that this refusal has a body like every other.
    requireHostHeader: false,
  }
  if (https === undefined) return Fastify({ ...options, http: limits })
  // The types keep the two servers apart; nothing here uses what only one of them has.
  const secure: object = { ...options, https: { ...limits, ...https } }
  return Fastify(secure)
}
