import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import type { ApiModule } from '../api.ts'
import { answerOnPage, SEE_OTHER } from './authorization-answers.ts'
import { AuthorizationQuery, queryText } from './authorization-query.ts'
import { callbackUri, TICKET_COOKIE, ticketCookieOptions } from './outside-sign-in.ts'

/** It travels in a cookie, and browsers keep no cookie of more than 4 KiB. */
const LONGEST_QUERY = 2_000

/**
 * GET /oauth/sign-in/{provider}: sends a person to an outside identity provider. Where they go on afterwards is the
 * authorization request in the query, else the page at /; no other place can be asked for.
 */
export const getOauthOutsideSignIn: ApiModule = (api, { identity, settings }) => {
  const schema = {
    operationId: 'getOauthOutsideSignIn',
    tags: ['OAuth'],
    summary: 'Sign in, in a browser, at an outside identity provider',
    description: 'The provider is the signIn.id of one of the setting issuers.',
    params: Type.Object({ provider: Type.String({ maxLength: 32 }) }),
    querystring: AuthorizationQuery,
    produces: ['text/html'],
    response: {
      303: Type.Null({ description: 'To the provider' }),
      400: Type.String({ description: 'A page: the request is too long' }),
      404: Type.String({ description: 'A page: there is no such provider' }),
      503: Type.String({ description: 'A page: the provider cannot be reached' }),
    },
  }
  const config = { access: { public: true } } as const
  const route = { schema, config, errorHandler: answerOnPage(settings, '../../'), exposeHeadRoute: false }
  api.get('/oauth/sign-in/:provider', route, async (request, reply) => {
    const { provider } = request.params
    const returnTo = queryText(request.query)
    if (returnTo.length > LONGEST_QUERY) {
      throw new Refusal(
        'bad.request',
        'The app’s request is too long to come back to: more than {longest} characters.',
        {
          longest: String(LONGEST_QUERY),
        },
      )
    }
    const redirectUri = callbackUri(request, settings, provider)
    const again = request.query.prompt === 'login'
    const { url, ticket } = await identity.outsideSignIn.begin(provider, { redirectUri, returnTo, again })
    return reply.setCookie(TICKET_COOKIE, ticket, ticketCookieOptions(request, settings)).redirect(url, SEE_OTHER)
  })
}
