import formbody from '@fastify/formbody'
import { Type } from 'typebox'
import { signedIn } from '../access.ts'
import type { ApiModule } from '../api.ts'
import { checkFormToken } from '../form-token.ts'
import { checkOwnForm } from '../session-cookie.ts'
import { answerOnPage, SEE_OTHER, sendToApp } from './authorization-answers.ts'
import { AuthorizationQuery, queryText } from './authorization-query.ts'
import { consentPurpose, sessionOf } from './consent.ts'
import { MAX_FORM_BYTES } from './post-oauth-token.ts'

const Decision = Type.Object({
  formToken: Type.String(),
  decision: Type.Union([Type.Literal('allow'), Type.Literal('deny')]),
})

/** POST /oauth/authorize: the person's answer, from the page that asked. The request stands in the query again. */
export const postOauthAuthorize: ApiModule = (api, parts) => {
  const { identity, settings } = parts
  api.removeAllContentTypeParsers()
  api.register(formbody, { bodyLimit: MAX_FORM_BYTES })
  const schema = { hide: true, querystring: AuthorizationQuery, body: Decision, response: { 303: Type.Null() } }
  const config = { access: { public: true } } as const
  const route = { schema, config, errorHandler: answerOnPage(settings) }
  api.post('/oauth/authorize', route, async (request, reply) => {
    checkOwnForm(request, settings)
    const asked = await identity.readAuthorizationRequest(request.query)
    const query = queryText(request.query)
    const caller = await signedIn(request, parts)
    if (caller === undefined) return reply.redirect(`sign-in?${query}`, SEE_OTHER)
    checkFormToken(request.body.formToken, sessionOf(request), consentPurpose(query))
    if (request.body.decision === 'deny') {
      const refused = { error: 'access_denied', error_description: 'The person did not allow it.' }
      return sendToApp(reply, settings, asked, refused)
    }
    const code = await identity.newAuthorizationCode(asked, caller)
    return sendToApp(reply, settings, asked, { code })
  })
}
