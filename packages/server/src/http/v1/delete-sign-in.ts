import { Type } from 'typebox'
import { SESSION_COOKIE } from '../access.ts'
import type { ApiModule } from '../api.ts'
import { checkOwnPage, sessionCookieOptions } from '../session-cookie.ts'

/** DELETE /v1/sign-in: ends the browser's session, also one that has expired already. */
export const deleteSignIn: ApiModule = (api, { identity, settings }) => {
  const schema = {
    operationId: 'deleteSignIn',
    tags: ['Sign-in'],
    summary: 'Sign the browser out',
    response: { 204: Type.Null({ description: 'There is no session any more' }) },
  }
  const config = { access: { public: true }, refusals: ['not.authorized'] } as const
  api.delete('/v1/sign-in', { schema, config }, async (request, reply) => {
    checkOwnPage(request, settings)
    const session = request.cookies[SESSION_COOKIE]
    if (session !== undefined) await identity.signOut(session)
    return reply.clearCookie(SESSION_COOKIE, sessionCookieOptions(request, settings)).code(204).send(null)
  })
}
