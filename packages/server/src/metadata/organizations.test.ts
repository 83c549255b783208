import { expect, test } from 'vitest'
import { addClient, findClientById } from './clients.ts'
import { addIngestKey, findIngestKey } from './ingest-keys.ts'
import {
  addOrganization,
  beginDeletion,
  findOrganization,
  forgetOrganization,
  listOrganizations,
  unfinishedDeletions,
} from './organizations.ts'
import { addRouteTemplates, listRouteTemplates } from './route-templates.ts'
import { addSignInCode, takeSignInCode } from './sign-in-codes.ts'
import { exampleClient, TemporaryMetadata } from './temporary-metadata.ts'
import { addToken, findTokenHolder } from './tokens.ts'

const ACME = { id: 'acme', name: 'Acme', createdAt: 2 }
const BETA = { id: 'beta', name: 'Beta', createdAt: 1 }

test('an organization is found by its id and listed, oldest first', async () => {
  await using metadata = await TemporaryMetadata.open()
  const { database } = metadata
  expect(await addOrganization(database, ACME)).toBe(true)
  expect(await addOrganization(database, BETA)).toBe(true)
  expect(await findOrganization(database, 'acme')).toEqual(ACME)
  expect(await findOrganization(database, 'ACME')).toBeUndefined()
  expect(await listOrganizations(database)).toEqual([BETA, ACME])
})

test('a taken id is not given again and the first organization stays as it is', async () => {
  await using metadata = await TemporaryMetadata.open()
  const { database } = metadata
  await addOrganization(database, ACME)
  expect(await addOrganization(database, { ...ACME, name: 'Other' })).toBe(false)
  expect(await listOrganizations(database)).toEqual([ACME])
})

test('from the beginning of its deletion an organization and its credentials are gone, another’s are not', async () => {
  await using metadata = await TemporaryMetadata.open()
  const { database } = metadata
  for (const { id, ...rest } of [ACME, BETA]) {
    await addOrganization(database, { id, ...rest })
    await addClient(database, exampleClient({ id: `${id}-client`, organizationId: id }))
    const token = { hash: `${id}-token`, kind: 'access', clientId: `${id}-client`, createdAt: 1, expiresAt: 9 } as const
    await addToken(database, token)
    await addSignInCode(database, { hash: `${id}-code`, clientId: `${id}-client`, expiresAt: 9 })
    const key = {
      id: `${id}-key`,
      organizationId: id,
      name: 'a key',
      kind: 'header',
      anyOrganization: false,
      createdAt: 1,
      createdBy: '',
    } as const
    await addIngestKey(database, key, `${id}-key-hash`)
    await addRouteTemplates(database, id, ['api/v2/users'], 1)
  }

  expect(await beginDeletion(database, 'acme', 5)).toBe(true)

  const left = async (id: string) => ({
    organization: (await findOrganization(database, id)) !== undefined,
    listed: (await listOrganizations(database)).some((organization) => organization.id === id),
    client: (await findClientById(database, `${id}-client`)) !== undefined,
    token: (await findTokenHolder(database, { hash: `${id}-token`, kind: 'access' }, 5)) !== undefined,
    code: (await takeSignInCode(database, `${id}-code`, 5)) !== undefined,
    key: (await findIngestKey(database, `${id}-key-hash`, 'header')) !== undefined,
    templates: (await listRouteTemplates(database, id)).length > 0,
  })
  expect(new Set(Object.values(await left('acme')))).toEqual(new Set([false]))
  expect(new Set(Object.values(await left('beta')))).toEqual(new Set([true]))
})

test('a deletion can be begun again and is unfinished, its id taken, until the organization is forgotten', async () => {
  await using metadata = await TemporaryMetadata.open()
  const { database } = metadata
  await addOrganization(database, ACME)
  await addOrganization(database, BETA)
  expect(await beginDeletion(database, 'nobody', 5)).toBe(false)
  expect(await beginDeletion(database, 'acme', 5)).toBe(true)
  expect(await beginDeletion(database, 'acme', 6)).toBe(true)
  const reopened = await metadata.reopen()
  expect(await unfinishedDeletions(reopened)).toEqual(['acme'])
  expect(await addOrganization(reopened, ACME)).toBe(false)
  await forgetOrganization(reopened, 'acme')
  expect(await unfinishedDeletions(reopened)).toEqual([])
  expect(await addOrganization(reopened, ACME)).toBe(true)
})

test('an organization that nobody deletes is not forgotten', async () => {
  await using metadata = await TemporaryMetadata.open()
  await addOrganization(metadata.database, ACME)
  await forgetOrganization(metadata.database, 'acme')
  expect(await listOrganizations(metadata.database)).toEqual([ACME])
})
