import { Type } from 'typebox'
import { signedIn } from '../access.ts'
import type { ApiModule } from '../api.ts'
import { answerOnPage } from './authorization-answers.ts'
import { AuthorizationQuery, queryText } from './authorization-query.ts'
import { askForConsent } from './consent.ts'
import { showSignIn } from './sign-in-form.ts'

/** GET /oauth/sign-in: where /oauth/authorize leads whom it does not see signed in; who is, goes on here at once. */
export const getOauthSignIn: ApiModule = (api, parts) => {
  const schema = { hide: true, querystring: AuthorizationQuery, response: { 200: Type.String() } }
  const config = { access: { public: true } } as const
  const errorHandler = answerOnPage(parts.settings)
  api.get('/oauth/sign-in', { schema, config, attachValidation: true, errorHandler }, async (request, reply) => {
    const asked = await parts.identity.readAuthorizationRequest(request.query)
    const query = queryText(request.query)
    const again = request.query.prompt === 'login'
    const caller = again ? undefined : await signedIn(request, parts)
    if (caller !== undefined) return askForConsent(reply, parts, { request: asked, caller, query })
    return showSignIn(reply, parts, { request: asked, query, again })
  })
}
