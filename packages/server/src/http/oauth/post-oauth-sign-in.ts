import formbody from '@fastify/formbody'
import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import { SESSION_SECONDS } from '../../identity/sign-in.ts'
import { SESSION_COOKIE } from '../access.ts'
import type { ApiModule } from '../api.ts'
import { refuse } from '../error-answers.ts'
import { statusOf } from '../errors.ts'
import { checkOwnForm, sessionCookieOptions } from '../session-cookie.ts'
import { answerOnPage, SEE_OTHER } from './authorization-answers.ts'
import { AuthorizationQuery, queryText } from './authorization-query.ts'
import { MAX_FORM_BYTES } from './post-oauth-token.ts'
import { checkSignInForm, showSignIn } from './sign-in-form.ts'

const SignInForm = Type.Object({
  formToken: Type.String(),
  clientId: Type.String({ maxLength: 256 }),
  clientSecret: Type.String({ maxLength: 1024 }),
})

/** POST /oauth/sign-in: begins a session, then back to the app's request; a session that was there ends. */
export const postOauthSignIn: ApiModule = (api, parts) => {
  const { identity, settings } = parts
  api.removeAllContentTypeParsers()
  api.register(formbody, { bodyLimit: MAX_FORM_BYTES })
  const schema = { hide: true, querystring: AuthorizationQuery, body: SignInForm, response: { 303: Type.Null() } }
  const config = { access: { public: true } } as const
  const route = { schema, config, errorHandler: answerOnPage(settings) }
  api.post('/oauth/sign-in', route, async (request, reply) => {
    checkOwnForm(request, settings)
    const { formToken, clientId, clientSecret } = request.body
    checkSignInForm(reply, formToken)
    const asked = await identity.readAuthorizationRequest(request.query)
    const query = queryText(request.query)
    try {
      const { token } = await identity.signIn({ clientId, clientSecret, address: request.ip })
      const before = request.cookies[SESSION_COOKIE]
      if (before !== undefined) await identity.signOut(before)
      const cookie = { ...sessionCookieOptions(request, settings), maxAge: SESSION_SECONDS }
      return reply.setCookie(SESSION_COOKIE, token, cookie).redirect(`authorize?${query}`, SEE_OTHER)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const refusal = refuse(error, request, reply)
      const status = statusOf(refusal.code)
      if (status === 401) reply.header('www-authenticate', 'Bearer')
      const message = status === 401 ? 'There is no client with this id and secret.' : refusal.message
      return showSignIn(reply, parts, { request: asked, query, again: false, failed: { message, clientId } }, status)
    }
  })
}
