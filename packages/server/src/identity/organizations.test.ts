import { expect, test } from 'vitest'
import { ORGANIZATION_PERMISSIONS } from '../domain/permissions.ts'
import { addExecution, readExecution } from '../metadata/executions.ts'
import { addOrganization, findOrganization } from '../metadata/organizations.ts'
import { deleteOrganization, finishDeletions, makeOrganization } from './organizations.ts'
import { TestIdentity } from './test-identity.ts'

const MAKER = { clientId: 'platform' }
const PLATFORM = { organizationId: 'platform' }
const nothing = async () => {}

test('an organization is made with an administrator who may everything in it and nothing outside', async () => {
  await using test = await TestIdentity.open()
  const made = await makeOrganization(test.metadata.database, MAKER, { id: 'acme', name: 'Acme' }, test.clock.now)
  expect(made.organization).toEqual({ id: 'acme', name: 'Acme', createdAt: test.clock.now })
  expect(made.client).toMatchObject({ name: 'Acme administrator', createdBy: 'platform' })
  const caller = await test.authenticate({ authorization: `Bearer ${await test.token(made.client.id, made.secret)}` })
  expect(caller).toMatchObject({ organizationId: 'acme', anyOrganization: false })
  expect([...caller.permissions]).toEqual(ORGANIZATION_PERMISSIONS)
  expect(caller.permissions.has('platform:admin')).toBe(false)
})

test('a taken id is a conflict and makes no client', async () => {
  await using test = await TestIdentity.open()
  const { database } = test.metadata
  await makeOrganization(database, MAKER, { id: 'acme', name: 'Acme' }, 1)
  await expect(makeOrganization(database, MAKER, { id: 'acme', name: 'Other' }, 2)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('[acme]'),
  })
  expect(await database.selectFrom('client').select('name').execute()).toEqual([{ name: 'Acme administrator' }])
})

test('without an id each organization gets one of its own', async () => {
  await using test = await TestIdentity.open()
  const make = () => makeOrganization(test.metadata.database, MAKER, { name: 'Same name' }, 1)
  expect((await make()).organization.id).not.toBe((await make()).organization.id)
})

test('a deleted organization is gone with its executions, and its id is free after its usage is erased', async () => {
  await using test = await TestIdentity.open()
  const { database } = test.metadata
  await makeOrganization(database, MAKER, { id: 'acme', name: 'Acme' }, 1)
  for (const organizationId of ['acme', 'beta']) {
    const key = { id: `of ${organizationId}`, organizationId, operation: 'usage.query', clientId: '' }
    await addExecution(database, { ...key, scope: '{}', query: '{}', submittedAt: 1, expiresAt: 2 })
  }
  const erased: string[] = []
  await deleteOrganization(
    database,
    PLATFORM,
    'acme',
    async (id) => {
      erased.push(id)
      expect(await findOrganization(database, 'acme')).toBeUndefined()
      expect(await addOrganization(database, { id: 'acme', name: 'Too early', createdAt: 1 })).toBe(false)
    },
    2,
  )
  expect(erased).toEqual(['acme'])
  expect(await readExecution(database, 'of acme')).toBeUndefined()
  expect(await readExecution(database, 'of beta')).toBeDefined()
  expect(await addOrganization(database, { id: 'acme', name: 'Anew', createdAt: 1 })).toBe(true)
})

test('one’s own organization and one that is not there cannot be deleted', async () => {
  await using test = await TestIdentity.open()
  const { database } = test.metadata
  await makeOrganization(database, MAKER, { id: 'platform', name: 'Platform' }, 1)
  await expect(deleteOrganization(database, PLATFORM, 'platform', nothing, 2)).rejects.toMatchObject({
    code: 'conflict',
  })
  await expect(deleteOrganization(database, PLATFORM, 'nobody', nothing, 2)).rejects.toMatchObject({
    code: 'not.found',
  })
  expect(await findOrganization(database, 'platform')).toBeDefined()
})

test('a deletion that the process did not survive is ended by the next start, and by another DELETE', async () => {
  await using test = await TestIdentity.open()
  const died = async () => {
    throw new Error('killed')
  }
  for (const id of ['acme', 'beta', 'gamma']) {
    await makeOrganization(test.metadata.database, MAKER, { id, name: id }, 1)
  }
  for (const id of ['acme', 'beta']) {
    await expect(deleteOrganization(test.metadata.database, PLATFORM, id, died, 2)).rejects.toThrow('killed')
  }
  await test.restart()
  const erased: string[] = []
  const erase = async (id: string) => void erased.push(id)
  await deleteOrganization(test.metadata.database, PLATFORM, 'acme', erase, 3)
  expect(await finishDeletions(test.metadata.database, erase)).toEqual(['beta'])
  expect(erased).toEqual(['acme', 'beta'])
  expect(await finishDeletions(test.metadata.database, erase)).toEqual([])
  expect(await findOrganization(test.metadata.database, 'gamma')).toBeDefined()
})
