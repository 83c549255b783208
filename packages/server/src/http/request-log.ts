import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Metrics } from '../telemetry/metrics.ts'
import { callerOf } from './access.ts'
import { refusalOf } from './error-answers.ts'

/** Asked every few seconds by machines; worth a line only to somebody who looks for it. */
const QUIET_ROUTES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics'])

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Writes one line and counts one request for every answer. */
export function addRequestLog(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => recordAnswer(request, reply, metrics))
}

/**
 * The line names the operation by its template, never by the path or query that came: those hold ids and, by mistake,
 * secrets. The answer's correlation id is our own; a caller's is only noted, so that nobody can choose it.
 */
export function recordAnswer(request: FastifyRequest, reply: FastifyReply, metrics: Metrics): void {
  const route = request.routeOptions.url ?? '(none)'
  const status = reply.statusCode
  const milliseconds = Number.isFinite(reply.elapsedTime) ? reply.elapsedTime : 0
  metrics.recordRequest({ method: request.method, route, status, milliseconds })
  const fields = {
    method: request.method,
    route,
    status,
    ms: Math.round(milliseconds * 10) / 10,
    ...callerFields(request),
    ...(refusalOf(request) === undefined ? {} : { refused: refusalOf(request)?.code }),
  }
  if (status >= 500) request.log.warn(fields, 'answered')
  else if (QUIET_ROUTES.has(route)) request.log.debug(fields, 'answered')
  else request.log.info(fields, 'answered')
}

function callerFields(request: FastifyRequest): Record<string, string> {
  const caller = callerOf(request)
  const theirs = request.headers['inin-correlation-id']
  return {
    ...(caller === undefined ? {} : { organization: caller.organizationId, caller: caller.name }),
    ...(typeof theirs === 'string' && UUID.test(theirs) ? { callersCorrelationId: theirs } : {}),
  }
}
