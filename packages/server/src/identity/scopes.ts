import { Refusal } from '../domain/refusal.ts'
import { makeScope, type Scope } from '../domain/scope.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import { listOrganizations } from '../metadata/organizations.ts'
import type { Caller } from './caller.ts'
import { noSuchOrganization } from './organizations.ts'

/** The calls made in one organization: what an organization query sees (wire.md §1). */
export function organizationScope(owner: { readonly organizationId: string }): Scope {
  return makeScope([owner.organizationId])
}

/**
 * The calls made by one client, in its owner's organization and wherever else the platform authorized it
 * (decisions.md 15).
 * @param elsewhere the organizations in which it is authorized, as UsageStore.organizationsOf has them.
 * @throws Refusal not.found when the client is not the caller's own: another's looks like one that never was.
 */
export function clientScope(
  caller: { readonly organizationId: string },
  client: { readonly id: string; readonly organizationId: string },
  elsewhere: readonly string[],
): Scope {
  if (client.organizationId !== caller.organizationId) {
    throw new Refusal('not.found', 'There is no client [{clientId}].', { clientId: client.id })
  }
  return makeScope([client.organizationId, ...elsewhere], client.id)
}

/**
 * The calls made in the organizations that the platform's administrator names; `*` is every one (api.md §4).
 * @param named without any: the caller's own.
 * @throws Refusal missing.any.permissions for anybody else who names some, not.found for one that there is not.
 */
export async function namedScope(
  metadata: MetadataDatabase,
  caller: Pick<Caller, 'scope' | 'permissions'>,
  named: readonly string[],
): Promise<Scope> {
  if (named.length === 0) return caller.scope
  if (!caller.permissions.has('platform:admin')) {
    throw new Refusal(
      'missing.any.permissions',
      'The field [organizations] is for callers with the permission [{permissions}]. Leave it out to ask about your own.',
      { permissions: 'platform:admin' },
    )
  }
  const organizationIds = (await listOrganizations(metadata)).map(({ id }) => id)
  if (named.includes(EVERY_ORGANIZATION)) return makeScope(organizationIds)
  const unknown = named.find((id) => !organizationIds.includes(id))
  if (unknown !== undefined) throw noSuchOrganization(unknown)
  return makeScope(named)
}

const EVERY_ORGANIZATION = '*'

/** The scope that an execution was submitted with, as it was kept. */
export function restoreScope(record: {
  readonly organizationIds: readonly string[]
  readonly clientId?: string
}): Scope {
  return makeScope(record.organizationIds, record.clientId)
}
