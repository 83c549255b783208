import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import { Refusal } from '../domain/refusal.ts'
import type { HttpSettings } from './api.ts'
import { comesFromOwnPage } from './origin.ts'

/** No script reads it and no other site's page sends it (decisions.md 25); Secure wherever the browser speaks HTTPS. */
export function sessionCookieOptions(
  request: FastifyRequest,
  settings: Pick<HttpSettings, 'publicUrl'>,
): CookieSerializeOptions {
  const isHttps = request.protocol === 'https' || (settings.publicUrl?.startsWith('https:') ?? false)
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: isHttps }
}

/**
 * Signing in and out is public, so it looks at where the request comes from itself; without an Origin it does not come
 * from a page.
 * @throws Refusal not.authorized for a request that another site's page sent.
 */
export function checkOwnPage(request: FastifyRequest, settings: Pick<HttpSettings, 'publicUrl'>): void {
  if (request.headers.origin === undefined || comesFromOwnPage(request, settings)) return
  throw new Refusal('not.authorized', 'Signing in and out works from this server’s own pages only.')
}

/**
 * Forms of our pages are sent by browsers, which always say where from.
 * @throws Refusal not.authorized for a form that no page of this server sent.
 */
export function checkOwnForm(request: FastifyRequest, settings: Pick<HttpSettings, 'publicUrl'>): void {
  if (comesFromOwnPage(request, settings)) return
  throw new Refusal('not.authorized', 'This form works from this server’s own pages only.')
}
