import type { Selectable } from 'kysely'
import { isPermission, type Permission } from '../domain/permissions.ts'
import type { MetadataDatabase } from './database.ts'
import type { ClientTable } from './schema.ts'

export type ClientState = 'active' | 'disabled' | 'inactive'

/** An OAuth client as it is registered; see ClientTable for what its fields hold. */
export interface Client
  extends Omit<
    Readonly<Selectable<ClientTable>>,
    'state' | 'permissions' | 'roleIds' | 'roleDivisions' | 'scope' | 'registeredRedirectUri'
  > {
  readonly state: ClientState
  readonly permissions: readonly Permission[]
  readonly roleIds: readonly string[]
  readonly roleDivisions: readonly RoleDivision[]
  readonly scope: readonly string[]
  readonly registeredRedirectUri: readonly string[]
}

/** A role that the platform gives a client in one of its divisions. Here it is kept and given back, and gives nothing. */
export interface RoleDivision {
  readonly roleId: string
  readonly divisionId: string
}

/** The registered name of a client in one organization; what UsageStore.query takes as `clientNames`. */
export interface RegisteredName {
  readonly organizationId: string
  readonly clientId: string
  readonly name: string
}

/** Ids in one statement; SQLite takes 32,766 parameters. */
const IDS_AT_ONCE = 1000

/** False when the id is taken, in whatever organization. */
export async function addClient(database: MetadataDatabase, client: Client): Promise<boolean> {
  const added = await database
    .insertInto('client')
    .values(toRow(client))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return (added.numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** The client when it is this organization's own. */
export async function findClient(
  database: MetadataDatabase,
  organizationId: string,
  id: string,
): Promise<Client | undefined> {
  const row = await database
    .selectFrom('client')
    .selectAll()
    .where('id', '=', id)
    .where('organizationId', '=', organizationId)
    .executeTakeFirst()
  return row === undefined ? undefined : clientFromRow(row)
}

/** The client by its id alone: only for finding out whose it is, from an id that it came with itself. */
export async function findClientById(database: MetadataDatabase, id: string): Promise<Client | undefined> {
  const row = await database.selectFrom('client').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : clientFromRow(row)
}

export type ClientChanges = Partial<Omit<Client, 'id' | 'organizationId' | 'createdAt' | 'createdBy'>> &
  Pick<Client, 'modifiedAt' | 'modifiedBy'>

/** Changes the organization's own client; false when it has no such client. */
export async function updateClient(
  database: MetadataDatabase,
  organizationId: string,
  id: string,
  changes: ClientChanges,
): Promise<boolean> {
  const updated = await database
    .updateTable('client')
    .set(withJsonLists(changes))
    .where('id', '=', id)
    .where('organizationId', '=', organizationId)
    .executeTakeFirst()
  return updated.numUpdatedRows > 0n
}

/** False when the organization has no such client. */
export async function removeClient(database: MetadataDatabase, organizationId: string, id: string): Promise<boolean> {
  const removed = await database
    .deleteFrom('client')
    .where('id', '=', id)
    .where('organizationId', '=', organizationId)
    .executeTakeFirst()
  return removed.numDeletedRows > 0n
}

/** Whether the organization has a client beside this one that can get a token and may do one of these. */
export async function hasOtherWorkingClient(
  database: MetadataDatabase,
  organizationId: string,
  id: string,
  anyPermission: readonly Permission[],
): Promise<boolean> {
  const other = await database
    .selectFrom('client')
    .select('id')
    .where('organizationId', '=', organizationId)
    .where('id', '!=', id)
    .where('state', '=', 'active')
    .where('authorizedGrantType', '=', 'CLIENT-CREDENTIALS')
    .where('secretHash', 'is not', null)
    // The list's JSON text has each name in quotes, and no name has one in it.
    .where(({ eb, or }) => or(anyPermission.map((name) => eb('permissions', 'like', `%"${name}"%`))))
    .limit(1)
    .executeTakeFirst()
  return other !== undefined
}

/**
 * The registered names of clients: each in its owner's organization and in those where it is authorized, nowhere else
 * (wire.md §3).
 * @param organizationIds whose rows are asked for; entries of other organizations are left out.
 * @param authorized what UsageStore.authorizedClients answered for them.
 */
export async function registeredNames(
  database: MetadataDatabase,
  organizationIds: readonly string[],
  authorized: readonly { readonly organizationId: string; readonly clientId: string }[],
): Promise<readonly RegisteredName[]> {
  const names: RegisteredName[] = []
  for (const some of inParts(organizationIds)) {
    const own = database.selectFrom('client').select(['organizationId', 'id as clientId', 'name'])
    names.push(...(await own.where('organizationId', 'in', some).execute()))
  }
  const asked = new Set(organizationIds)
  const guests = authorized.filter((entry) => asked.has(entry.organizationId))
  const registered = await clientsById(database, new Set(guests.map((entry) => entry.clientId)))
  for (const { organizationId, clientId } of guests) {
    const client = registered.get(clientId)
    if (client === undefined || client.organizationId === organizationId) continue
    names.push({ organizationId, clientId, name: client.name })
  }
  return names
}

async function clientsById(
  database: MetadataDatabase,
  ids: ReadonlySet<string>,
): Promise<Map<string, { organizationId: string; name: string }>> {
  const found = new Map<string, { organizationId: string; name: string }>()
  for (const some of inParts([...ids])) {
    const clients = database.selectFrom('client').select(['id', 'organizationId', 'name']).where('id', 'in', some)
    for (const client of await clients.execute()) found.set(client.id, client)
  }
  return found
}

function* inParts(ids: readonly string[]): Iterable<readonly string[]> {
  for (let first = 0; first < ids.length; first += IDS_AT_ONCE) yield ids.slice(first, first + IDS_AT_ONCE)
}

function toRow(client: Client): Selectable<ClientTable> {
  return { ...client, ...withJsonLists(client) }
}

type JsonLists<Lists> = {
  [Field in keyof Lists]: Lists[Field] extends readonly unknown[] | undefined
    ? string | Extract<Lists[Field], undefined>
    : Lists[Field]
}

function withJsonLists<Fields extends object>(fields: Fields): JsonLists<Fields> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    Array.isArray(value) ? JSON.stringify(value) : value,
  ])
  return Object.fromEntries(entries) as JsonLists<Fields>
}

export function clientFromRow(row: Selectable<ClientTable>): Client {
  return {
    ...row,
    state: row.state as ClientState,
    permissions: readPermissions(row.permissions),
    roleIds: JSON.parse(row.roleIds) as string[],
    roleDivisions: JSON.parse(row.roleDivisions) as RoleDivision[],
    scope: JSON.parse(row.scope) as string[],
    registeredRedirectUri: JSON.parse(row.registeredRedirectUri) as string[],
  }
}

/** A permission that this version does not know gives nothing. */
export function readPermissions(text: string): readonly Permission[] {
  return (JSON.parse(text) as string[]).filter(isPermission)
}
