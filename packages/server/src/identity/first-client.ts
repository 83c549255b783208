import { randomUUID } from 'node:crypto'
import { ALL_PERMISSIONS } from '../domain/permissions.ts'
import { Refusal, shown } from '../domain/refusal.ts'
import { addClient, type Client, findClientById, updateClient } from '../metadata/clients.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import { readFlag, writeFlag } from '../metadata/flags.ts'
import { addOrganization, listOrganizations } from '../metadata/organizations.ts'
import { removeTokensOf } from '../metadata/tokens.ts'
import { administratorName, newClient } from './clients.ts'
import { readSecretFile, writeSecretFile } from './secret-file.ts'
import { checkChosenSecret, hashClientSecret, isClientSecret, newSecret } from './secrets.ts'

/** Remembers which client the installation began with. */
const FIRST_CLIENT_FLAG = 'first-client'

export interface FirstClientOptions {
  /** The organization that is made with it; an id is generated when none is given. */
  readonly organization: { readonly id?: string; readonly name: string }
  /** ROUTEMETER_CLIENT_ID and ROUTEMETER_CLIENT_SECRET; either is generated when it is not given. */
  readonly clientId?: string | undefined
  readonly clientSecret?: string | undefined
  /**
   * Keeps a generated secret in this file, readable by its owner alone, so that later starts can tell it again: what
   * was pasted yesterday works today. Without it a generated secret is told once.
   */
  readonly secretFile?: string | undefined
}

export interface FirstClient {
  readonly organizationId: string
  readonly clientId: string
  /** True when this start made it. */
  readonly created: boolean
  /**
   * `generated`: now. `kept`: it stands in the secret file. `given`: it is the one in the options. `unknown`: it was told
   * before, or has been changed since; `resetClientSecret` makes a new one.
   */
  readonly secretIs: 'generated' | 'kept' | 'given' | 'unknown'
  /** What to tell the operator: set when it is generated or kept. */
  readonly secret: string | undefined
}

/**
 * On empty metadata makes an organization and its administrator client, who may everything (api.md §1); on any other
 * finds that client and changes nothing. Undefined when the client has been deleted since.
 * @throws Refusal invalid.value for a given id or secret that cannot be used.
 */
export async function ensureFirstClient(
  metadata: MetadataDatabase,
  options: FirstClientOptions,
  now: number,
): Promise<FirstClient | undefined> {
  if (options.clientId !== undefined) checkGivenId(options.clientId)
  if (options.clientSecret !== undefined) checkChosenSecret(options.clientSecret)
  const isEmpty = (await listOrganizations(metadata)).length === 0
  if (isEmpty && (await readFlag(metadata, FIRST_CLIENT_FLAG)) === undefined) {
    return makeFirstClient(metadata, options, now)
  }
  const client = await findFirstClient(metadata)
  if (client === undefined) return undefined
  const known = await knownSecret(client, options)
  return { organizationId: client.organizationId, clientId: client.id, created: false, ...known }
}

/**
 * Gives a client a new secret and ends its tokens, sessions and sign-in links. Works on a data folder that no server
 * has open.
 * @param options.clientId the first client when it is not given.
 * @throws Refusal not.found when there is no such client, invalid.value for a chosen secret that is too short.
 */
export async function resetClientSecret(
  metadata: MetadataDatabase,
  options: Pick<FirstClientOptions, 'clientId' | 'clientSecret' | 'secretFile'>,
  now: number,
): Promise<{ readonly organizationId: string; readonly clientId: string; readonly secret: string }> {
  const firstId = await readFlag(metadata, FIRST_CLIENT_FLAG)
  const id = options.clientId ?? firstId
  const client = id === undefined ? undefined : await findClientById(metadata, id)
  if (client === undefined) throw new Refusal('not.found', 'There is no client [{id}].', { id: shown(id ?? '') })
  if (options.clientSecret !== undefined) checkChosenSecret(options.clientSecret)
  const secret = options.clientSecret ?? newSecret()
  const secretHash = await hashClientSecret(secret)
  const kept = options.secretFile === undefined ? undefined : readSecretFile(options.secretFile)
  if (options.secretFile !== undefined && kept !== undefined && client.id === firstId) {
    writeSecretFile(options.secretFile, secret)
  }
  await metadata.transaction().execute(async (transaction) => {
    const changes = { secretHash, modifiedAt: now, modifiedBy: '' }
    await updateClient(transaction, client.organizationId, client.id, changes)
    await removeTokensOf(transaction, client.id)
  })
  return { organizationId: client.organizationId, clientId: client.id, secret }
}

async function makeFirstClient(
  metadata: MetadataDatabase,
  options: FirstClientOptions,
  now: number,
): Promise<FirstClient> {
  const { organization, clientSecret, secretFile } = options
  const generated = clientSecret === undefined ? newSecret() : undefined
  const organizationId = organization.id ?? randomUUID()
  const client = newClient(
    {
      ...(options.clientId === undefined ? {} : { id: options.clientId }),
      organizationId,
      name: administratorName(organization.name),
      permissions: ALL_PERMISSIONS,
      secretHash: await hashClientSecret(clientSecret ?? generated ?? ''),
      createdBy: '',
    },
    now,
  )
  // Before the client: a secret of no client is written over by the next start, a client without its secret is lost.
  if (generated !== undefined && secretFile !== undefined) writeSecretFile(secretFile, generated)
  await metadata.transaction().execute(async (transaction) => {
    await addOrganization(transaction, { id: organizationId, name: organization.name, createdAt: now })
    await addClient(transaction, client)
    await writeFlag(transaction, FIRST_CLIENT_FLAG, client.id)
  })
  const secretIs = generated === undefined ? 'given' : 'generated'
  return { organizationId, clientId: client.id, created: true, secretIs, secret: generated }
}

async function findFirstClient(metadata: MetadataDatabase): Promise<Client | undefined> {
  const id = await readFlag(metadata, FIRST_CLIENT_FLAG)
  return id === undefined ? undefined : findClientById(metadata, id)
}

async function knownSecret(
  client: Client,
  { clientSecret, secretFile }: FirstClientOptions,
): Promise<Pick<FirstClient, 'secret' | 'secretIs'>> {
  const hash = client.secretHash ?? undefined
  if (clientSecret !== undefined && (await isClientSecret(clientSecret, hash))) {
    return { secretIs: 'given', secret: undefined }
  }
  const kept = secretFile === undefined ? undefined : readSecretFile(secretFile)
  if (kept !== undefined && (await isClientSecret(kept, hash))) return { secretIs: 'kept', secret: kept }
  return { secretIs: 'unknown', secret: undefined }
}

/** HTTP Basic ends the id at its first colon and carries ASCII unharmed. */
function checkGivenId(id: string): void {
  if (/^[\x21-\x7e]{1,256}$/.test(id) && !id.includes(':')) return
  throw new Refusal(
    'invalid.value',
    'The client id [{id}] cannot be used. Allowed: 1 to 256 printable ASCII characters without space and colon.',
    { id: shown(id) },
  )
}
