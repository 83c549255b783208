import { type Static, Type } from 'typebox'
import { ownClientIds } from '../../metadata/client-pages.ts'
import type { Client } from '../../metadata/clients.ts'
import type { MetadataDatabase } from '../../metadata/database.ts'
import { type OAuthClient, presentClient } from './schemas/oauth-client.ts'

/** The path's {clientId}: any string (decisions.md 17). */
export const ClientParams = Type.Object({ clientId: Type.String() })

/** One client as the platform shows it, with its secret where it has just been made. */
export async function clientAnswer(
  metadata: MetadataDatabase,
  client: Client,
  secret?: string,
): Promise<Static<typeof OAuthClient>> {
  const own = await ownClientIds(metadata, client.organizationId, [client.createdBy, client.modifiedBy])
  return presentClient(client, own, secret)
}
