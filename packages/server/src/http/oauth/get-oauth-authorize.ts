import { Type } from 'typebox'
import { signedIn } from '../access.ts'
import type { ApiModule } from '../api.ts'
import { messagePage } from '../pages/message-page.ts'
import { answerOnPage, sendPage } from './authorization-answers.ts'
import { AuthorizationQuery, queryText } from './authorization-query.ts'
import { askForConsent } from './consent.ts'

/**
 * GET /oauth/authorize (wire.md §5, RFC 6749 §4.1 with PKCE): where an app sends a person's browser.
 *
 * Browsers send a SameSite=Strict cookie with nothing that another site's page began, redirects included, so that
 * whoever comes from an app looks signed out here. Instead of a second, laxer cookie there is a page of our own in
 * between, which goes on by itself: what it begins is ours, and the session is there.
 */
export const getOauthAuthorize: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'getOauthAuthorize',
    tags: ['OAuth'],
    summary: 'Ask a person, in their browser, to let an app act for them',
    description:
      'The authorization code grant with PKCE, for people. The person signs in and allows it; then the browser goes to the redirect_uri with a code for POST /oauth/token, or with an error. A request whose client or redirect_uri is not right is answered with a page.',
    querystring: AuthorizationQuery,
    produces: ['text/html'],
    response: {
      200: Type.String({ description: 'A page: to sign in, or to allow the app' }),
      303: Type.Null({ description: 'To the redirect_uri with error, error_description, state and iss' }),
      400: Type.String({ description: 'A page that says what is wrong with client_id or redirect_uri' }),
    },
  }
  const config = { access: { public: true } } as const
  const errorHandler = answerOnPage(parts.settings)
  const route = { schema, config, attachValidation: true, errorHandler, exposeHeadRoute: false }
  api.get('/oauth/authorize', route, async (request, reply) => {
    const asked = await parts.identity.readAuthorizationRequest(request.query)
    const query = queryText(request.query)
    const mustSignIn = request.query.prompt === 'login'
    const caller = mustSignIn ? undefined : await signedIn(request, parts)
    if (caller !== undefined) return askForConsent(reply, parts, { request: asked, caller, query })
    const link = { text: 'Go on', url: `sign-in?${query}${mustSignIn ? '&prompt=login' : ''}` }
    const message = `On to sign in for ${asked.client.name} …`
    return sendPage(reply, messagePage({ title: 'One moment', message, link, goesOn: true }))
  })
}
