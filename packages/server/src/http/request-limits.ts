import type { FastifyInstance } from 'fastify'
import { Refusal } from '../domain/refusal.ts'

/** Ten times what any operation knows; the rest is somebody trying what happens. */
const MAX_QUERY_PARAMETERS = 100

/** Limits of what comes with a request beside its headers' length (fastify-server.ts) and body (json-body.ts). */
export function addRequestLimits(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    const start = raw.url?.indexOf('?') ?? -1
    if (start < 0) return
    const count = raw.url?.slice(start + 1).split('&', MAX_QUERY_PARAMETERS + 1).length ?? 0
    if (count <= MAX_QUERY_PARAMETERS) return
    throw new Refusal('invalid.query.param.value', 'There are more than the allowed {most} query parameters.', {
      most: String(MAX_QUERY_PARAMETERS),
    })
  })
}
