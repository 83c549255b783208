import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import { personId } from '../../identity/person-id.ts'
import type { ApiModule } from '../api.ts'

/** Of the platform's User, what is known here. */
const User = Type.Object({
  id: Type.String({ format: 'uuid', description: 'The same for as long as the issuer knows the person' }),
  name: Type.String(),
  username: Type.String({ description: 'What the issuer calls the person: its subject' }),
  state: Type.Literal('active'),
  version: Type.Integer(),
  selfUri: Type.String(),
})

/** GET /api/v2/users/me (wire.md §5): the person whom the token speaks for. */
export const getUsersMe: ApiModule = (api) => {
  const schema = {
    operationId: 'getUsersMe',
    tags: ['Users'],
    summary: 'The person who is calling',
    description: 'A token of the client credentials grant speaks for no person: 400.',
    response: { 200: User },
  }
  const config = { access: { anyPermission: [] } }
  api.get('/api/v2/users/me', { schema, config }, async ({ caller: { person } }) => {
    if (person === undefined) {
      throw new Refusal(
        'bad.request',
        'This request requires a user context. Client credentials cannot be used for requests that require a user context.',
      )
    }
    const id = personId(person)
    return {
      id,
      name: person.name,
      username: person.subject,
      state: 'active' as const,
      version: 1,
      selfUri: `/api/v2/users/${id}`,
    }
  })
}
