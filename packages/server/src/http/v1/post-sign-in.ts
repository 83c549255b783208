import { type Static, Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import { SESSION_SECONDS, type SignInProof } from '../../identity/sign-in.ts'
import { SESSION_COOKIE } from '../access.ts'
import type { ApiModule } from '../api.ts'
import { checkOwnPage, sessionCookieOptions } from '../session-cookie.ts'

const SignIn = Type.Object(
  {
    code: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Of a one-time sign-in link' })),
    clientId: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    clientSecret: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  },
  { additionalProperties: false },
)

const SignedIn = Type.Object({
  organizationId: Type.String(),
  clientId: Type.String(),
  clientName: Type.String(),
})

/** POST /v1/sign-in (decisions.md 19, 22): begins a browser's session, in a cookie. */
export const postSignIn: ApiModule = (api, { identity, settings }) => {
  const schema = {
    operationId: 'postSignIn',
    tags: ['Sign-in'],
    summary: 'Sign a browser in with a one-time code, or with a client’s id and secret',
    body: SignIn,
    response: { 200: SignedIn },
  }
  const config = {
    access: { public: true },
    refusals: ['bad.credentials', 'not.authorized', 'too.many.requests'],
  } as const
  api.post('/v1/sign-in', { schema, config }, async (request, reply) => {
    checkOwnPage(request, settings)
    const { token, ...session } = await identity.signIn(proofOf(request.body, request.ip))
    const cookie = { ...sessionCookieOptions(request, settings), maxAge: SESSION_SECONDS }
    return reply.setCookie(SESSION_COOKIE, token, cookie).send(session)
  })
}

function proofOf({ code, clientId, clientSecret }: Static<typeof SignIn>, address: string): SignInProof {
  if (code !== undefined && clientId === undefined && clientSecret === undefined) return { code }
  if (code === undefined && clientId !== undefined && clientSecret !== undefined) {
    return { clientId, clientSecret, address }
  }
  throw new Refusal('constraint.validation', 'Send either code, or clientId and clientSecret.')
}
