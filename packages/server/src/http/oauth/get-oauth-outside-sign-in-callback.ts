import { Type } from 'typebox'
import { SESSION_SECONDS } from '../../identity/sign-in.ts'
import { SESSION_COOKIE } from '../access.ts'
import type { ApiModule } from '../api.ts'
import { messagePage } from '../pages/message-page.ts'
import { sessionCookieOptions } from '../session-cookie.ts'
import { answerOnPage, sendPage } from './authorization-answers.ts'
import { callbackUri, TICKET_COOKIE, ticketCookieOptions } from './outside-sign-in.ts'

const UP = '../../../'

/**
 * GET /oauth/sign-in/{provider}/callback: where the identity provider sends the browser back to. Begins a session; one
 * that was there ends. A page of ours goes on from here, because what another site's page began comes without the
 * session's cookie, redirects included.
 */
export const getOauthOutsideSignInCallback: ApiModule = (api, { identity, settings }) => {
  const schema = {
    hide: true,
    params: Type.Object({ provider: Type.String({ maxLength: 32 }) }),
    response: { 200: Type.String() },
  }
  const config = { access: { public: true } } as const
  const errorHandler = answerOnPage(settings, UP)
  api.get(
    '/oauth/sign-in/:provider/callback',
    { schema, config, errorHandler, exposeHeadRoute: false },
    async (request, reply) => {
      const { provider } = request.params
      reply.clearCookie(TICKET_COOKIE, { ...ticketCookieOptions(request, settings), maxAge: undefined })
      const url = new URL(callbackUri(request, settings, provider))
      url.search = new URL(request.url, url).search
      const ticket = request.cookies[TICKET_COOKIE]
      const { person, returnTo } = await identity.outsideSignIn.finish(provider, { url, ticket, address: request.ip })
      const token = await identity.startSession(person)
      const before = request.cookies[SESSION_COOKIE]
      if (before !== undefined) await identity.signOut(before)
      const link = { text: 'Go on', url: returnTo === '' ? UP : `../../authorize?${returnTo}` }
      const message = `You are signed in as ${person.name}.`
      reply.setCookie(SESSION_COOKIE, token, { ...sessionCookieOptions(request, settings), maxAge: SESSION_SECONDS })
      return sendPage(reply, messagePage({ title: 'One moment', message, link, goesOn: true, root: UP }))
    },
  )
}
