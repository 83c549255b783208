import { type Permission, VIEWING_PERMISSIONS } from '../domain/permissions.ts'
import { Refusal, shown } from '../domain/refusal.ts'
import {
  addClient,
  type Client,
  findClient,
  hasOtherWorkingClient,
  removeClient,
  updateClient,
} from '../metadata/clients.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import { findOrganization } from '../metadata/organizations.ts'
import { removeTokensOf } from '../metadata/tokens.ts'
import { badCredentials } from './authentication.ts'
import type { Caller } from './caller.ts'
import { newClient } from './clients.ts'
import { checkHolds, cutDown } from './escalation.ts'
import { checkRedirectUris } from './redirect-uri.ts'
import { hashClientSecret, newSecret } from './secrets.ts'

/** What a caller says about a client; the platform's OAuthClientRequest and our permissions (wire.md §5). */
export type ClientRequest = Pick<Client, 'name' | 'authorizedGrantType'> & Partial<Pick<Client, OptionalField>>

type OptionalField =
  | 'description'
  | 'accessTokenValiditySeconds'
  | 'registeredRedirectUri'
  | 'roleIds'
  | 'roleDivisions'
  | 'scope'
  | 'state'
  | 'permissions'

/** A client, and its new secret, which is told this once. */
export interface ClientWithSecret {
  readonly client: Client
  readonly secret: string
}

type Actor = Pick<Caller, 'organizationId' | 'clientId' | 'permissions'>

/** Any one of these lets a client edit clients. */
const EDITING: readonly Permission[] = ['oauth:client:edit', 'platform:admin']

/**
 * Makes a client in the caller's organization. Without permissions it may view what its maker may view (api.md §2).
 * @param given.id for a client of an outside issuer: the platform administrator's to choose (decisions.md 17).
 * @throws Refusal missing.any.permissions naming what the maker lacks, conflict for a taken id, invalid.value for a
 *   redirect URI that cannot be used.
 */
export async function makeClient(
  metadata: MetadataDatabase,
  maker: Actor,
  given: ClientRequest & { readonly id?: string },
  now: number,
): Promise<ClientWithSecret> {
  if (given.id !== undefined) checkHolds(maker, ['platform:admin'])
  const permissions = given.permissions ?? cutDown(maker, VIEWING_PERMISSIONS)
  checkHolds(maker, permissions)
  checkRedirectUris(given.registeredRedirectUri ?? [])
  const secret = newSecret()
  const { organizationId } = maker
  const made = { organizationId, permissions, secretHash: await hashClientSecret(secret), createdBy: maker.clientId }
  // An event's id is kept well-formed too (api.md §3), and is to be found by it.
  const id = given.id === undefined ? {} : { id: given.id.toWellFormed() }
  const client = { ...newClient({ ...made, name: given.name }, now), ...given, ...id, permissions }
  await metadata.transaction().execute(async (transaction) => {
    if ((await findOrganization(transaction, organizationId)) === undefined) throw badCredentials()
    if (await addClient(transaction, client)) return
    throw new Refusal('conflict', 'There is a client with the id [{id}] already.', { id: shown(client.id) })
  })
  return { client, secret }
}

/**
 * Replaces what is said about a client, as the platform does: a text or list that is not given is empty. What cannot
 * be empty (state, permissions, the tokens' lifetime) then stays, so that a client that knows nothing of it, as SDKs
 * do of permissions, changes nothing there. One that is not active any more, or comes by another grant, loses its
 * tokens, sessions and sign-in codes.
 * @throws Refusal not.found, missing.any.permissions (decisions.md 16), conflict for the last that can edit clients.
 */
export function changeClient(
  metadata: MetadataDatabase,
  caller: Actor,
  id: string,
  given: ClientRequest,
  now: number,
): Promise<Client> {
  checkRedirectUris(given.registeredRedirectUri ?? [])
  return metadata.transaction().execute(async (transaction) => {
    const client = await findOwn(transaction, caller, id)
    checkHolds(caller, given.permissions ?? [])
    const changed = { ...client, ...EMPTY, ...given, modifiedAt: now, modifiedBy: caller.clientId }
    if (canEditClients(client) && !canEditClients(changed)) await checkNotLast(transaction, client)
    const { id: _, organizationId, createdAt, createdBy, ...changes } = changed
    await updateClient(transaction, organizationId, id, changes)
    const isSameWay = changed.authorizedGrantType === client.authorizedGrantType
    if (changed.state !== 'active' || !isSameWay) await removeTokensOf(transaction, id)
    return changed
  })
}

/**
 * Gives a client a new secret. The old one is dead, and so are the tokens, sessions and sign-in codes that were got
 * with it: whoever learned it may have some.
 * @throws Refusal not.found, missing.any.permissions (decisions.md 16).
 */
export async function renewClientSecret(
  metadata: MetadataDatabase,
  caller: Actor,
  id: string,
  now: number,
): Promise<ClientWithSecret> {
  // Before the costly hash; and again with it, in the transaction.
  await findOwn(metadata, caller, id)
  const secret = newSecret()
  const changes = { secretHash: await hashClientSecret(secret), modifiedAt: now, modifiedBy: caller.clientId }
  const client = await metadata.transaction().execute(async (transaction) => {
    const before = await findOwn(transaction, caller, id)
    await updateClient(transaction, before.organizationId, id, changes)
    await removeTokensOf(transaction, id)
    return { ...before, ...changes }
  })
  return { client, secret }
}

/**
 * Removes a client with its tokens, sessions and sign-in codes. What it called stays counted.
 * @throws Refusal not.found, missing.any.permissions (decisions.md 16), conflict for the last that can edit clients.
 */
export function deleteClient(metadata: MetadataDatabase, caller: Actor, id: string): Promise<void> {
  return metadata.transaction().execute(async (transaction) => {
    const client = await findOwn(transaction, caller, id)
    if (canEditClients(client)) await checkNotLast(transaction, client)
    await removeClient(transaction, client.organizationId, id)
    await removeTokensOf(transaction, id)
  })
}

const EMPTY = { description: '', registeredRedirectUri: [], roleIds: [], roleDivisions: [], scope: [] }

/** The caller's own organization's client, when the caller may everything that it may. */
async function findOwn(database: MetadataDatabase, caller: Actor, id: string): Promise<Client> {
  const client = await findClient(database, caller.organizationId, id)
  if (client === undefined) throw noSuchClient(id)
  checkHolds(caller, client.permissions)
  return client
}

/** Another organization's client is refused in the same words as one that never was. */
export function noSuchClient(id: string): Refusal {
  return new Refusal('not.found', 'There is no client [{id}].', { id: shown(id) })
}

/** Whether it gets a token by itself, and that token may edit clients. */
function canEditClients({ state, authorizedGrantType, secretHash, permissions }: Client): boolean {
  if (state !== 'active' || authorizedGrantType !== 'CLIENT-CREDENTIALS' || secretHash === null) return false
  return EDITING.some((permission) => permissions.includes(permission))
}

/** To be called in the transaction that takes the client out: of two at once, one then finds the other gone. */
async function checkNotLast(transaction: MetadataDatabase, { organizationId, id }: Client): Promise<void> {
  if (await hasOtherWorkingClient(transaction, organizationId, id, EDITING)) return
  throw new Refusal(
    'conflict',
    'The client [{id}] is the organization’s last that can edit clients: it cannot be removed or disabled, and keeps oauth:client:edit. Make another one first.',
    { id: shown(id) },
  )
}
