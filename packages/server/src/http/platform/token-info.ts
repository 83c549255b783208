import { type Static, Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import type { Caller } from '../../identity/caller.ts'
import { findClient } from '../../metadata/clients.ts'
import type { MetadataDatabase } from '../../metadata/database.ts'
import { findOrganization } from '../../metadata/organizations.ts'

const NamedEntity = Type.Object({ id: Type.String(), name: Type.String() })

/** The platform's TokenInfo; `OAuthClient` with that capital O (wire.md §5). */
export const TokenInfo = Type.Object({
  organization: NamedEntity,
  homeOrganization: NamedEntity,
  authorizedScope: Type.Array(Type.String()),
  OAuthClient: Type.Object({
    id: Type.String(),
    name: Type.String(),
    dateCreated: Type.String({ description: 'RFC 3339' }),
    dateModified: Type.String({ description: 'RFC 3339' }),
    authorizedGrantType: Type.String(),
    scope: Type.Array(Type.String()),
    state: Type.String(),
    organization: NamedEntity,
  }),
})

/** @throws Refusal bad.credentials when the client has been deleted since it was authenticated. */
export async function tokenInfoOf(metadata: MetadataDatabase, caller: Caller): Promise<Static<typeof TokenInfo>> {
  const found = await findOrganization(metadata, caller.organizationId)
  const client = await findClient(metadata, caller.organizationId, caller.clientId)
  if (found === undefined || client === undefined) {
    throw new Refusal('bad.credentials', 'The token’s client is not there any more.')
  }
  const organization = { id: found.id, name: found.name }
  return {
    organization,
    homeOrganization: organization,
    authorizedScope: [...client.scope],
    OAuthClient: {
      id: client.id,
      name: client.name,
      dateCreated: new Date(client.createdAt).toISOString(),
      dateModified: new Date(client.modifiedAt).toISOString(),
      authorizedGrantType: client.authorizedGrantType,
      scope: [...client.scope],
      state: client.state,
      organization,
    },
  }
}
