import { Refusal } from '../domain/refusal.ts'
import { makeScope, type Scope } from '../domain/scope.ts'

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

/** The scope that an execution was submitted with, as it was kept. */
export function restoreScope(record: {
  readonly organizationIds: readonly string[]
  readonly clientId?: string
}): Scope {
  return makeScope(record.organizationIds, record.clientId)
}
