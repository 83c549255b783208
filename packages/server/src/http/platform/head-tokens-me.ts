import { type TSchema, Type } from 'typebox'
import type { ApiModule } from '../api.ts'

/** HEAD /api/v2/tokens/me: whether the token is good; the status is the answer. */
export const headTokensMe: ApiModule = (api) => {
  // So typed, an answer without a body type-checks; `null` would be sent as JSON.
  const response: Record<number, TSchema> = { 200: Type.Null({ description: 'The token is good' }) }
  const schema = {
    operationId: 'headTokensMe',
    tags: ['Tokens'],
    summary: 'Verify the current token',
    response,
  }
  // A HEAD that goes with a GET is not documented; this one is an operation of the platform's own.
  const config = { access: { anyPermission: [] }, swagger: { exposeHeadRoute: true } }
  api.head('/api/v2/tokens/me', { schema, config }, async (_request, reply) => reply.send())
}
