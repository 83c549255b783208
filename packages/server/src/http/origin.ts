import type { FastifyRequest } from 'fastify'
import type { HttpSettings } from './api.ts'

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * True when a browser may act on its session cookie here: the method changes nothing, or the request's Origin is this
 * server's own page (decisions.md 25). Behind a proxy that rewrites Host, `publicUrl` says which page that is.
 */
export function comesFromOwnPage(request: FastifyRequest, settings: Pick<HttpSettings, 'publicUrl'>): boolean {
  if (SAFE_METHODS.has(request.method)) return true
  const { origin } = request.headers
  if (origin === undefined || !URL.canParse(origin)) return false
  if (settings.publicUrl !== undefined && new URL(settings.publicUrl).origin === origin) return true
  return new URL(origin).host === request.host
}
