import { type TSchema, Type } from 'typebox'
import type { ApiModule } from '../api.ts'

/** DELETE /api/v2/tokens/me: the token that comes with the request is dead when the answer is there. */
export const deleteTokensMe: ApiModule = (api, { identity }) => {
  // So typed, an answer without a body type-checks; `null` would be sent as JSON.
  const response: Record<number, TSchema> = { 200: Type.Null({ description: 'The token is revoked' }) }
  const schema = {
    operationId: 'deleteTokensMe',
    tags: ['Tokens'],
    summary: 'Delete the token used to make the call',
    response,
  }
  const config = { access: { anyPermission: [] } }
  api.delete('/api/v2/tokens/me', { schema, config }, async (request, reply) => {
    await identity.revoke(request.caller)
    return reply.send()
  })
}
