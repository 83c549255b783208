import { randomUUID } from 'node:crypto'
import { ORGANIZATION_PERMISSIONS } from '../domain/permissions.ts'
import { Refusal } from '../domain/refusal.ts'
import { addClient, type Client } from '../metadata/clients.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import { eraseExecutions } from '../metadata/executions.ts'
import {
  addOrganization,
  beginDeletion,
  forgetOrganization,
  type Organization,
  unfinishedDeletions,
} from '../metadata/organizations.ts'
import type { Caller } from './caller.ts'
import { administratorName, newClient } from './clients.ts'
import { hashClientSecret, newSecret } from './secrets.ts'

/** Takes an organization's usage out of the store: UsageStore.erase. */
export type EraseUsage = (organizationId: string) => Promise<void>

export interface NewOrganization {
  readonly organization: Organization
  /** Its administrator, who may everything in it and nothing outside. */
  readonly client: Client
  /** The administrator's; told once. */
  readonly secret: string
}

/**
 * Makes an organization with its own administrator client (api.md §2).
 * @throws Refusal conflict when the id is taken.
 */
export async function makeOrganization(
  metadata: MetadataDatabase,
  maker: Pick<Caller, 'clientId'>,
  given: { readonly id?: string; readonly name: string },
  now: number,
): Promise<NewOrganization> {
  const organization = { id: given.id ?? randomUUID(), name: given.name, createdAt: now }
  const secret = newSecret()
  const client = newClient(
    {
      organizationId: organization.id,
      name: administratorName(organization.name),
      permissions: ORGANIZATION_PERMISSIONS,
      secretHash: await hashClientSecret(secret),
      createdBy: maker.clientId,
    },
    now,
  )
  await metadata.transaction().execute(async (transaction) => {
    if (!(await addOrganization(transaction, organization))) {
      throw new Refusal('conflict', 'There is an organization with the id [{id}] already.', { id: organization.id })
    }
    await addClient(transaction, client)
  })
  return { organization, client, secret }
}

/**
 * Deletes an organization and all that is kept of it. Its credentials are dead first; should the process die before
 * the usage is erased, `finishDeletions` goes on, and so does another DELETE.
 * @throws Refusal not.found, or conflict for the caller's own.
 */
export async function deleteOrganization(
  metadata: MetadataDatabase,
  caller: Pick<Caller, 'organizationId'>,
  id: string,
  eraseUsage: EraseUsage,
  now: number,
): Promise<void> {
  if (id === caller.organizationId) {
    throw new Refusal(
      'conflict',
      'The organization [{id}] is your own; only one of another organization can delete it.',
      {
        id,
      },
    )
  }
  if (!(await beginDeletion(metadata, id, now))) throw noSuchOrganization(id)
  await finishDeletion(metadata, id, eraseUsage)
}

/** Ends at a start what a deletion left undone; ids of the organizations that are gone now. */
export async function finishDeletions(metadata: MetadataDatabase, eraseUsage: EraseUsage): Promise<readonly string[]> {
  const unfinished = await unfinishedDeletions(metadata)
  for (const id of unfinished) await finishDeletion(metadata, id, eraseUsage)
  return unfinished
}

async function finishDeletion(metadata: MetadataDatabase, id: string, eraseUsage: EraseUsage): Promise<void> {
  await eraseExecutions(metadata, id)
  await eraseUsage(id)
  await forgetOrganization(metadata, id)
}

export function noSuchOrganization(id: string): Refusal {
  return new Refusal('not.found', 'There is no organization [{id}].', { id })
}
