import { describe, expect, test } from 'vitest'
import { addClient, findClient, findClientById, registeredNames, updateClient } from './clients.ts'
import { exampleClient, TemporaryMetadata } from './temporary-metadata.ts'

const CLIENT = exampleClient({
  name: 'Kälte & Wärme',
  description: 'reads',
  permissions: ['oauth:client:view', 'usage:event:add'],
  roleIds: ['r1'],
  roleDivisions: [{ roleId: 'r1', divisionId: 'd1' }],
  scope: ['usage'],
  registeredRedirectUri: ['https://example.test/back'],
})

test('a client comes back as it was added, for its own organization', async () => {
  await using metadata = await TemporaryMetadata.open()
  expect(await addClient(metadata.database, CLIENT)).toBe(true)
  const reopened = await metadata.reopen()
  expect(await findClient(reopened, 'acme', 'reader')).toEqual(CLIENT)
  expect(await findClientById(reopened, 'reader')).toEqual(CLIENT)
  expect(await findClient(reopened, 'beta', 'reader')).toBeUndefined()
})

test('a taken id is refused, from another organization too', async () => {
  await using metadata = await TemporaryMetadata.open()
  await addClient(metadata.database, CLIENT)
  expect(await addClient(metadata.database, { ...CLIENT, organizationId: 'beta', name: 'mine now' })).toBe(false)
  expect(await findClientById(metadata.database, 'reader')).toEqual(CLIENT)
})

test('a change reaches the named fields of the organization’s own client only', async () => {
  await using metadata = await TemporaryMetadata.open()
  await addClient(metadata.database, CLIENT)
  await addClient(metadata.database, { ...CLIENT, id: 'other' })
  const changes = { state: 'disabled', permissions: [], modifiedAt: 9, modifiedBy: 'me' } as const
  expect(await updateClient(metadata.database, 'beta', 'reader', changes)).toBe(false)
  expect(await findClientById(metadata.database, 'reader')).toEqual(CLIENT)
  expect(await updateClient(metadata.database, 'acme', 'reader', changes)).toBe(true)
  expect(await findClientById(metadata.database, 'reader')).toEqual({ ...CLIENT, ...changes })
  expect(await findClientById(metadata.database, 'other')).toEqual({ ...CLIENT, id: 'other' })
})

test('a permission that this version does not know gives nothing', async () => {
  await using metadata = await TemporaryMetadata.open()
  await addClient(metadata.database, CLIENT)
  const permissions = JSON.stringify(['usage:of-the-future:view', 'usage:event:add'])
  await metadata.database.updateTable('client').set({ permissions }).execute()
  expect((await findClientById(metadata.database, 'reader'))?.permissions).toEqual(['usage:event:add'])
})

describe('the registered name of a client', () => {
  const inAcme = { ...CLIENT, id: 'roamer', name: 'The roamer' }
  const inBeta = { ...CLIENT, id: 'local', name: 'The local', organizationId: 'beta' }

  async function names(
    organizationIds: readonly string[],
    authorized: readonly [organization: string, client: string][],
  ) {
    await using metadata = await TemporaryMetadata.open()
    await addClient(metadata.database, inAcme)
    await addClient(metadata.database, inBeta)
    const entries = authorized.map(([organizationId, clientId]) => ({ organizationId, clientId }))
    const rows = await registeredNames(metadata.database, organizationIds, entries)
    return rows.map((row) => `${row.organizationId} ${row.clientId} ${row.name}`).sort()
  }

  test('stands in its owner’s organization', async () => {
    expect(await names(['acme'], [])).toEqual(['acme roamer The roamer'])
    expect(await names(['acme', 'beta'], [])).toEqual(['acme roamer The roamer', 'beta local The local'])
  })
  test('stands where it is authorized', async () => {
    expect(await names(['beta'], [['beta', 'roamer']])).toEqual(['beta local The local', 'beta roamer The roamer'])
  })
  test('stands nowhere else', async () => {
    expect(await names(['beta'], [])).toEqual(['beta local The local'])
    expect(await names(['beta'], [['gamma', 'roamer']])).toEqual(['beta local The local'])
  })
  test('is told once where the owner’s own client is authorized', async () => {
    expect(await names(['acme'], [['acme', 'roamer']])).toEqual(['acme roamer The roamer'])
  })
  test('is not there for a client that nobody registered', async () => {
    expect(await names(['gamma'], [['gamma', 'stranger']])).toEqual([])
  })
  test('is found for more clients and organizations than one statement takes', async () => {
    await using metadata = await TemporaryMetadata.open()
    const { database } = metadata
    await database.transaction().execute(async (transaction) => {
      for (let index = 0; index < 1500; index += 1) {
        await addClient(transaction, { ...CLIENT, id: `c${index}`, organizationId: `o${index}` })
      }
    })
    const organizationIds = Array.from({ length: 1500 }, (_, index) => `o${index}`)
    const authorized = organizationIds.map((organizationId, index) => ({
      organizationId,
      clientId: `c${1499 - index}`,
    }))
    const rows = await registeredNames(database, organizationIds, authorized)
    expect(new Set(rows.map((row) => `${row.organizationId}/${row.clientId}`)).size).toBe(3000)
  })
})
