import { Refusal } from '../domain/refusal.ts'
import { makeScope, type Scope } from '../domain/scope.ts'

/** The calls made in one organization: what an organization query sees (wire.md §1). */
export function organizationScope(owner: { readonly organizationId: string }): Scope {
  return makeScope([owner.organizationId])
}

/**
 * The calls made by one client, in its owner's organization and wherever else the platform authorized it
 * (decisions.md 15).
 * @param authorized what the store knows of authorized clients; other clients' entries are left out here.
 * @throws Refusal not.found when the client is not the caller's own: another's looks like one that never was.
 */
export function clientScope(
  caller: { readonly organizationId: string },
  client: { readonly id: string; readonly organizationId: string },
  authorized: readonly { readonly organizationId: string; readonly clientId: string }[],
): Scope {
  if (client.organizationId !== caller.organizationId) {
    throw new Refusal('not.found', 'There is no client [{clientId}].', { clientId: client.id })
  }
  const elsewhere = authorized.filter((entry) => entry.clientId === client.id).map((entry) => entry.organizationId)
  return makeScope([client.organizationId, ...elsewhere], client.id)
}

/** The scope that an execution was submitted with, as it was kept. */
export function restoreScope(record: {
  readonly organizationIds: readonly string[]
  readonly clientId?: string
}): Scope {
  return makeScope(record.organizationIds, record.clientId)
}
