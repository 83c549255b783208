import { type Static, Type } from 'typebox'
import type { Client } from '../../../metadata/clients.ts'

const RoleDivision = Type.Object({ roleId: Type.String(), divisionId: Type.String() })

const DomainEntityRef = Type.Object({ id: Type.String(), selfUri: Type.String() })

const rfc3339 = () => Type.String({ description: 'RFC 3339' })

/** The platform's OAuthClient, and what it may do (wire.md §5). */
export const OAuthClient = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    accessTokenValiditySeconds: Type.Integer(),
    description: Type.Optional(Type.String()),
    registeredRedirectUri: Type.Array(Type.String()),
    secret: Type.Optional(Type.String({ description: 'Told once, when it is made: only its hash is kept' })),
    roleIds: Type.Array(Type.String()),
    authorizedGrantType: Type.String(),
    scope: Type.Array(Type.String()),
    roleDivisions: Type.Array(RoleDivision),
    state: Type.String(),
    dateCreated: rfc3339(),
    dateModified: rfc3339(),
    createdBy: Type.Optional(DomainEntityRef),
    modifiedBy: Type.Optional(DomainEntityRef),
    selfUri: Type.String(),
    permissions: Type.Array(Type.String(), { description: 'What the client’s tokens may do' }),
  },
  { title: 'OAuthClient' },
)

/**
 * @param own which of createdBy and modifiedBy are clients of the same organization: others, which made it from outside
 *   or are gone, are not named.
 */
export function presentClient(client: Client, own: ReadonlySet<string>, secret?: string): Static<typeof OAuthClient> {
  const by = (id: string) => (own.has(id) ? { id, selfUri: clientUri(id) } : undefined)
  const createdBy = by(client.createdBy)
  const modifiedBy = by(client.modifiedBy)
  return {
    id: client.id,
    name: client.name,
    accessTokenValiditySeconds: client.accessTokenValiditySeconds,
    ...(client.description === '' ? {} : { description: client.description }),
    registeredRedirectUri: [...client.registeredRedirectUri],
    ...(secret === undefined ? {} : { secret }),
    roleIds: [...client.roleIds],
    authorizedGrantType: client.authorizedGrantType,
    scope: [...client.scope],
    roleDivisions: [...client.roleDivisions],
    state: client.state,
    dateCreated: new Date(client.createdAt).toISOString(),
    dateModified: new Date(client.modifiedAt).toISOString(),
    ...(createdBy === undefined ? {} : { createdBy }),
    ...(modifiedBy === undefined ? {} : { modifiedBy }),
    selfUri: clientUri(client.id),
    permissions: [...client.permissions],
  }
}

function clientUri(id: string): string {
  return `/api/v2/oauth/clients/${encodeURIComponent(id)}`
}
