import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ApiModule } from '../api.ts'
import type { DashboardFile } from './dashboard-files.ts'

/** GET /dashboard/*: what the dashboard is made of. */
export const getDashboardAssets: ApiModule = (api, { dashboard }) => {
  const config = { access: { public: true } } as const
  for (const file of dashboard?.assets ?? []) {
    const schema = { hide: true, response: { 200: Type.String() } }
    api.get(`/dashboard/${file.name}`, { schema, config }, async (request, reply) => {
      reply.removeHeader('pragma')
      reply.removeHeader('expires')
      return sendFile(request, reply.header('cache-control', 'public, max-age=31536000, immutable'), file)
    })
  }
}

/** Compressed for whoever says that they can read it. */
export function sendFile(request: FastifyRequest, reply: FastifyReply, { type, bytes, gzip }: DashboardFile) {
  const isZipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  reply.type(type).header('vary', 'accept-encoding')
  return isZipped ? reply.header('content-encoding', 'gzip').send(gzip) : reply.send(bytes)
}
