import type { FastifyReply } from 'fastify'
import type { AuthorizationRequest } from '../../identity/authorization-request.ts'
import { newSecret } from '../../identity/secrets.ts'
import type { Parts } from '../api.ts'
import { checkFormToken, formToken } from '../form-token.ts'
import { type SignInView, signInPage } from '../pages/sign-in-page.ts'
import { sessionCookieOptions } from '../session-cookie.ts'
import { sendPage } from './authorization-answers.ts'

/**
 * Before somebody is signed in there is no session to tie the form to. Without anything, another site could sign them in
 * as somebody else, and see what they then do.
 */
const BEFORE_COOKIE = 'routemeter_before_session'
const PURPOSE = 'sign-in'

/**
 * @param query the request's, as `queryText` makes it.
 * @param again whoever is signed in at an outside provider signs in there again.
 * @param status the answer's, when it did not work the last time.
 */
export function showSignIn(
  reply: FastifyReply,
  { settings, identity }: Pick<Parts, 'settings' | 'identity'>,
  shown: { readonly request: AuthorizationRequest; readonly query: string } & Pick<SignInView, 'again' | 'failed'>,
  status = 200,
): FastifyReply {
  const { request, query, again, failed } = shown
  // Kept when it is there, for the same form in another tab.
  const cookie = beforeCookieOf(reply) ?? newSecret()
  reply.setCookie(BEFORE_COOKIE, cookie, sessionCookieOptions(reply.request, settings))
  const { providers } = identity.outsideSignIn
  const view = { appName: request.client.name, query, formToken: formToken(cookie, PURPOSE), providers, again }
  const text = signInPage({ ...view, ...(failed === undefined ? {} : { failed }) })
  return sendPage(reply, text, { status, formAction: [] })
}

/** @throws Refusal not.authorized for a form that was not made for this browser. */
export function checkSignInForm(reply: FastifyReply, token: string): void {
  checkFormToken(token, beforeCookieOf(reply) ?? newSecret(), PURPOSE)
}

function beforeCookieOf({ request }: FastifyReply): string | undefined {
  const cookie = request.cookies[BEFORE_COOKIE]
  return cookie !== undefined && /^[A-Za-z0-9_-]{43}$/.test(cookie) ? cookie : undefined
}
