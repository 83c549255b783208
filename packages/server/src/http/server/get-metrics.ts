import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Metrics } from '../../telemetry/metrics.ts'
import { authenticate, checkAccess } from '../access.ts'
import type { ApiModule } from '../api.ts'

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

/** A request that has one of these came through a proxy, wherever that runs. */
const FORWARDING_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via']

/** GET /metrics: the server's vital signs for Prometheus. */
export function getMetrics(metrics: Metrics): ApiModule {
  return (api, parts) => {
    const schema = {
      operationId: 'getMetrics',
      tags: ['Server'],
      summary: 'The server’s vital signs, for Prometheus',
      description: 'Asked from the machine itself no credentials are needed; from elsewhere it takes `platform:admin`.',
      produces: ['text/plain'],
      response: { 200: Type.String() },
    }
    const config = {
      access: { public: true },
      refusals: ['authentication.required', 'missing.any.permissions'],
    } as const
    api.get('/metrics', { schema, config }, async (request, reply) => {
      if (!isFromThisMachine(request)) {
        checkAccess(await authenticate(request, parts), { anyPermission: ['platform:admin'] })
      }
      return reply.type(metrics.contentType).send(await metrics.render())
    })
  }
}

/** By the socket alone: what a proxy says of a caller's address, a caller can say of itself (decisions.md 20). */
function isFromThisMachine(request: FastifyRequest): boolean {
  const address = request.raw.socket.remoteAddress
  const isForwarded = FORWARDING_HEADERS.some((header) => request.headers[header] !== undefined)
  return address !== undefined && LOOPBACK.has(address) && !isForwarded
}
