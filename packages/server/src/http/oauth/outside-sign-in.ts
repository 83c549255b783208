import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import { TICKET_SECONDS } from '../../identity/outside/outside-sign-in.ts'
import type { HttpSettings } from '../api.ts'
import { sessionCookieOptions } from '../session-cookie.ts'

/** What the browser keeps while its person is away at an identity provider. */
export const TICKET_COOKIE = 'routemeter_outside_sign_in'

/** Lax: it has to come along when the provider, which is another site, sends the browser back. */
export function ticketCookieOptions(
  request: FastifyRequest,
  settings: Pick<HttpSettings, 'publicUrl'>,
): CookieSerializeOptions {
  return { ...sessionCookieOptions(request, settings), sameSite: 'lax', maxAge: TICKET_SECONDS }
}

/** Where the provider sends the browser back to; registered there, letter for letter. */
export function callbackUri(
  { protocol, host }: FastifyRequest,
  settings: Pick<HttpSettings, 'publicUrl'>,
  provider: string,
): string {
  return `${settings.publicUrl ?? `${protocol}://${host}`}/oauth/sign-in/${provider}/callback`
}
