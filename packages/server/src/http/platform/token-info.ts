import { type Static, Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import type { Caller } from '../../identity/caller.ts'
import { type Client, findClient } from '../../metadata/clients.ts'
import type { MetadataDatabase } from '../../metadata/database.ts'
import { findOrganization } from '../../metadata/organizations.ts'

const NamedEntity = Type.Object({ id: Type.String(), name: Type.String() })

const OAuthClientInfo = Type.Object({
  id: Type.String(),
  name: Type.String(),
  dateCreated: Type.Optional(Type.String({ description: 'RFC 3339; only of a client that is registered here' })),
  dateModified: Type.Optional(Type.String({ description: 'RFC 3339; only of a client that is registered here' })),
  authorizedGrantType: Type.String(),
  scope: Type.Array(Type.String()),
  state: Type.String(),
  organization: NamedEntity,
})

/** The platform's TokenInfo; `OAuthClient` with that capital O (wire.md §5). */
export const TokenInfo = Type.Object({
  organization: NamedEntity,
  homeOrganization: NamedEntity,
  authorizedScope: Type.Array(Type.String()),
  OAuthClient: Type.Optional(OAuthClientInfo),
})

/**
 * A person's token is described by the client that they use; one who uses none has only an organization.
 * @throws Refusal bad.credentials when the client has been deleted since it was authenticated.
 */
export async function tokenInfoOf(metadata: MetadataDatabase, caller: Caller): Promise<Static<typeof TokenInfo>> {
  const found = await findOrganization(metadata, caller.organizationId)
  if (found === undefined) throw gone()
  const organization = { id: found.id, name: found.name }
  const whose = { organization, homeOrganization: organization }
  if (caller.clientId === '') return { ...whose, authorizedScope: [] }
  const registered = await findClient(metadata, caller.organizationId, caller.clientId)
  const client = registered ?? (caller.outside === undefined ? undefined : UNREGISTERED)
  if (client === undefined) throw gone()
  return {
    ...whose,
    authorizedScope: [...client.scope],
    OAuthClient: {
      id: caller.clientId,
      name: registered?.name ?? caller.name,
      ...(registered === undefined ? {} : datesOf(registered)),
      authorizedGrantType: client.authorizedGrantType,
      scope: [...client.scope],
      state: client.state,
      organization,
    },
  }
}

function gone(): Refusal {
  return new Refusal('bad.credentials', 'The token’s client is not there any more.')
}

/** What a client of an outside issuer is that nobody registered here. */
const UNREGISTERED = { authorizedGrantType: 'CLIENT-CREDENTIALS', scope: [], state: 'active' } as const

function datesOf({ createdAt, modifiedAt }: Client): { dateCreated: string; dateModified: string } {
  return { dateCreated: new Date(createdAt).toISOString(), dateModified: new Date(modifiedAt).toISOString() }
}
