import { Type } from 'typebox'
import { findOrganization } from '../../metadata/organizations.ts'
import { signedIn } from '../access.ts'
import type { ApiModule } from '../api.ts'

const Session = Type.Object({
  name: Type.String(),
  organizationId: Type.String(),
  organizationName: Type.String(),
  permissions: Type.Array(Type.String()),
})

const SignInState = Type.Object({
  session: Type.Union([Session, Type.Null()], { description: 'Null when nobody is signed in' }),
  providers: Type.Array(Type.Object({ id: Type.String(), name: Type.String() }), {
    description: 'Outside identity providers: oauth/sign-in/{id} begins a sign-in there',
  }),
  version: Type.String(),
})

/** GET /v1/sign-in: who is signed in with this browser, and how one can be; for the dashboard. */
export const getSignIn: ApiModule = (api, parts) => {
  const { identity, metadata, version } = parts
  const schema = {
    operationId: 'getSignIn',
    tags: ['Sign-in'],
    summary: 'Who is signed in with this browser, and how one can be',
    response: { 200: SignInState },
  }
  const config = { access: { public: true } } as const
  api.get('/v1/sign-in', { schema, config }, async (request) => {
    const caller = await signedIn(request, parts)
    const providers = identity.outsideSignIn.providers.map(({ id, name }) => ({ id, name }))
    if (caller === undefined) return { session: null, providers, version }
    const { name, organizationId } = caller
    const organization = await findOrganization(metadata, organizationId)
    const session = {
      name,
      organizationId,
      organizationName: organization?.name ?? organizationId,
      permissions: [...caller.permissions],
    }
    return { session, providers, version }
  })
}
