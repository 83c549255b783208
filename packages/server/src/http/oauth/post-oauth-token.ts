import formbody from '@fastify/formbody'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { notAForm, OAuthRefusal } from '../../identity/oauth.ts'
import type { ApiModule } from '../api.ts'
import type { OAuthErrorBody } from '../errors.ts'

/** Of the forms of OAuth and of its pages. */
export const MAX_FORM_BYTES = 16 * 1024

const TokenForm = Type.Object({
  grant_type: Type.Enum(['client_credentials', 'authorization_code']),
  client_id: Type.Optional(Type.String({ description: 'Unless it comes by HTTP Basic' })),
  client_secret: Type.Optional(
    Type.String({ description: 'Unless it comes by HTTP Basic; an app that cannot keep one sends none with a code' }),
  ),
  code: Type.Optional(Type.String({ description: 'Of GET /oauth/authorize; good once, for a minute' })),
  redirect_uri: Type.Optional(Type.String({ description: 'The one to which the code was sent' })),
  code_verifier: Type.Optional(Type.String({ description: 'PKCE: what the code_challenge is the SHA-256 of' })),
})

const TokenAnswer = Type.Object({
  access_token: Type.String(),
  token_type: Type.Literal('bearer'),
  expires_in: Type.Integer({ description: 'Seconds that the token is good for' }),
})

/** POST /oauth/token (wire.md §5): an access token for a client's id and secret, or for a person's code. */
export const postOauthToken: ApiModule = (api, { identity }) => {
  // Whatever else comes as a body is not read; grantToken refuses it in OAuth's own form.
  api.removeAllContentTypeParsers()
  api.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined))
  api.register(formbody)
  const schema = {
    operationId: 'postOauthToken',
    tags: ['OAuth'],
    summary: 'Get an access token, with a client’s id and secret or with a person’s code',
    description:
      'The client credentials grant: id and secret by HTTP Basic, or as client_id and client_secret. The authorization code grant: code, redirect_uri and the PKCE code_verifier, with client_id alone or with the secret too.',
    consumes: ['application/x-www-form-urlencoded'],
    body: TokenForm,
    response: { 200: TokenAnswer },
  }
  const config = { access: { public: true }, refusals: ['bad.credentials', 'too.many.requests'] } as const
  const route = { schema, config, bodyLimit: MAX_FORM_BYTES, attachValidation: true, errorHandler: answerOAuthError }
  api.post('/oauth/token', route, async ({ headers, body, ip: address }) => {
    const { accessToken, expiresIn } = await identity.grantToken({ headers, body, address })
    return { access_token: accessToken, token_type: 'bearer' as const, expires_in: expiresIn }
  })
}

/** Answers what OAuth has a word for; the rest is everybody's (http/error-answers.ts). */
function answerOAuthError(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const isNoMediaType = 'code' in error && error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE'
  const refusal = isNoMediaType ? notAForm(request.headers['content-type']) : error
  if (!(refusal instanceof OAuthRefusal)) throw error
  const { error: word, message, status, challenge } = refusal
  if (challenge) reply.header('www-authenticate', 'Basic realm="routemeter"')
  const body: OAuthErrorBody = { error: word, error_description: message, description: message }
  return reply.code(status).send(body)
}
