import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Refusal } from '../../domain/refusal.ts'
import { AuthorizationRefusal, type AuthorizationRequest } from '../../identity/authorization-request.ts'
import { withAnswer } from '../../identity/redirect-uri.ts'
import type { HttpSettings } from '../api.ts'
import { refuse } from '../error-answers.ts'
import { statusOf } from '../errors.ts'
import type { WayUp } from '../pages/document.ts'
import { messagePage } from '../pages/message-page.ts'
import { pagePolicy } from '../pages/page-policy.ts'

/** 303: whatever the method was, the browser fetches the next place with GET. */
export const SEE_OTHER = 303

/**
 * Answers with a page. Its own forms may say where they come from: without a Referer of this server there would be no
 * Origin to check.
 * @param formAction where a form's answer may lead, beside this server; without it the page has no form.
 */
export function sendPage(
  reply: FastifyReply,
  text: string,
  options: { readonly status?: number; readonly formAction?: readonly string[] } = {},
): FastifyReply {
  const { status = 200, ...allowed } = options
  return reply
    .code(status)
    .header('content-security-policy', pagePolicy(allowed))
    .header('referrer-policy', 'same-origin')
    .type('text/html; charset=utf-8')
    .send(text)
}

/** Sends the browser back to the app, saying who answers (RFC 9207), so that an app of several servers knows. */
export function sendToApp(
  reply: FastifyReply,
  settings: Pick<HttpSettings, 'publicUrl'>,
  to: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
  answer: Readonly<Record<string, string>>,
): FastifyReply {
  const { protocol, host } = reply.request
  const iss = settings.publicUrl ?? `${protocol}://${host}`
  return reply.redirect(withAnswer(to.redirectUri, { ...answer, state: to.state, iss }), SEE_OTHER)
}

/**
 * The error handler of the pages: the app is told what is its own fault, the person everything else.
 * @param root the way up from the page's address.
 */
export function answerOnPage(settings: Pick<HttpSettings, 'publicUrl'>, root: WayUp = '../') {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof AuthorizationRefusal) {
      return sendToApp(reply, settings, error.to, { error: error.error, error_description: error.message })
    }
    const refusal = refuse(error, request, reply)
    const status = statusOf(refusal.code)
    const title = status === 403 ? 'That is not allowed' : status >= 500 ? 'That did not work' : 'The request is wrong'
    return sendPage(reply, messagePage({ title, message: messageOf(refusal, request), root }), { status })
  }
}

function messageOf(refusal: Refusal, request: FastifyRequest): string {
  return refusal.code === 'internal.server.error' ? `${refusal.message} Ask for ${request.id}.` : refusal.message
}
