import { randomUUID } from 'node:crypto'
import type { Permission } from '../domain/permissions.ts'
import { Refusal } from '../domain/refusal.ts'
import { addClient, type Client, findClient } from '../metadata/clients.ts'
import type { MetadataDatabase } from '../metadata/database.ts'

/** How long an access token of a client lives, in seconds, unless it says otherwise (wire.md §5). */
const DEFAULT_TOKEN_SECONDS = 86_400

/** What a new client is made of; the rest is the platform's defaults. */
export interface NewClient {
  readonly id?: string
  readonly organizationId: string
  readonly name: string
  readonly permissions: readonly Permission[]
  /** Null for a client that cannot sign in. */
  readonly secretHash: string | null
  /** The client that makes it; "" when the server does. */
  readonly createdBy: string
}

/** A client as it is registered at this moment: active, for the client credentials grant. */
export function newClient(given: NewClient, now: number): Client {
  return {
    id: given.id ?? randomUUID(),
    organizationId: given.organizationId,
    name: given.name,
    description: '',
    authorizedGrantType: 'CLIENT-CREDENTIALS',
    secretHash: given.secretHash,
    state: 'active',
    accessTokenValiditySeconds: DEFAULT_TOKEN_SECONDS,
    permissions: given.permissions,
    roleIds: [],
    roleDivisions: [],
    scope: [],
    registeredRedirectUri: [],
    createdAt: now,
    modifiedAt: now,
    createdBy: given.createdBy,
    modifiedBy: given.createdBy,
  }
}

/**
 * Registers a client whose id comes from elsewhere, so that it has a name and can be asked about; it has no secret and
 * may nothing (decisions.md 17). Again with the same id in the same organization it does nothing.
 * @throws Refusal conflict when another organization has a client of this id.
 */
export async function registerClient(
  metadata: MetadataDatabase,
  organizationId: string,
  known: { readonly id: string; readonly name: string },
  now: number,
): Promise<void> {
  const client = newClient({ ...known, organizationId, permissions: [], secretHash: null, createdBy: '' }, now)
  if (await addClient(metadata, client)) return
  if ((await findClient(metadata, organizationId, known.id)) !== undefined) return
  throw new Refusal('conflict', 'There is a client with the id [{id}] already.', { id: known.id })
}

/** The name of the client that a new organization begins with. */
export function administratorName(organizationName: string): string {
  return `${organizationName} administrator`
}
