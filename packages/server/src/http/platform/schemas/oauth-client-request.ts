import { type Static, Type } from 'typebox'
import { DIMENSIONS } from '../../../domain/catalogue.ts'
import { ALL_PERMISSIONS } from '../../../domain/permissions.ts'
import type { ClientRequest } from '../../../identity/client-life.ts'
import { EntityName } from '../../v1/schemas/entity-name.ts'

/** How the platform spells grants, and how older SDKs do (wire.md §5). */
const GRANT_TYPE_OF = {
  CODE: 'CODE',
  TOKEN: 'TOKEN',
  'SAML2-BEARER': 'SAML2-BEARER',
  PASSWORD: 'PASSWORD',
  'CLIENT-CREDENTIALS': 'CLIENT-CREDENTIALS',
  SAML2BEARER: 'SAML2-BEARER',
  CLIENT_CREDENTIALS: 'CLIENT-CREDENTIALS',
} as const
type GrantType = keyof typeof GRANT_TYPE_OF

const MOST_ENTRIES = 1000
const text = () => Type.String({ maxLength: 256 })
const list = (description: string, maxLength = 256) =>
  Type.Optional(Type.Array(Type.String({ maxLength }), { description, maxItems: MOST_ENTRIES }))

const fields = {
  name: EntityName,
  accessTokenValiditySeconds: Type.Optional(
    Type.Integer({ minimum: 300, maximum: 172_800, description: 'How long its access tokens live; default 86400' }),
  ),
  description: Type.Optional(Type.String({ maxLength: 4096 })),
  registeredRedirectUri: list('Where people who sign in may be sent back to', 2048),
  roleIds: list('Kept and given back; what the client may do is in permissions'),
  authorizedGrantType: Type.Enum(Object.keys(GRANT_TYPE_OF) as GrantType[]),
  scope: list('Kept and given back'),
  roleDivisions: Type.Optional(
    Type.Array(Type.Object({ roleId: text(), divisionId: text() }), {
      description: 'Kept and given back',
      maxItems: MOST_ENTRIES,
    }),
  ),
  state: Type.Optional(Type.Enum(['active', 'disabled', 'inactive'])),
  permissions: Type.Optional(
    Type.Array(Type.Enum([...ALL_PERMISSIONS]), {
      description: 'What its tokens may do: nothing that you may not. An empty list is none',
      minItems: 0,
    }),
  ),
}

/** The platform's OAuthClientRequest, and what the client may do. */
export const OAuthClientRequest = Type.Object(fields, { title: 'OAuthClientRequest' })

/** The same for a new client, whose id the platform's administrator may choose (decisions.md 17). */
export const NewOAuthClient = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: DIMENSIONS.clientId.longest,
        description: 'For a client of an outside issuer; needs platform:admin',
      }),
    ),
    ...fields,
  },
  { title: 'NewOAuthClient' },
)

/** What came, with each permission once and the grant as it is spelled now. */
export function readClientRequest<Body extends Static<typeof OAuthClientRequest>>(body: Body): Body & ClientRequest {
  const { permissions } = body
  return {
    ...body,
    authorizedGrantType: GRANT_TYPE_OF[body.authorizedGrantType],
    ...(permissions === undefined ? {} : { permissions: [...new Set(permissions)] }),
  }
}
