import { expect, test } from 'vitest'
import type { Permission } from '../domain/permissions.ts'
import { listIngestKeys } from '../metadata/ingest-keys.ts'
import { makeIngestKey } from './ingest-keys.ts'
import { TestIdentity } from './test-identity.ts'

async function make(test: TestIdentity, permissions: readonly Permission[], anyOrganization: boolean) {
  await test.addClient('acme', 'maker', permissions)
  const maker = await test.authenticate({ authorization: `Bearer ${await test.token('maker')}` })
  return makeIngestKey(test.metadata.database, maker, { name: 'Kong', kind: 'header', anyOrganization }, test.clock.now)
}

test('a key is its maker’s organization’s', async () => {
  await using test = await TestIdentity.open()
  const { record } = await make(test, ['oauth:client:add', 'usage:event:add'], false)
  expect(record).toEqual({
    id: expect.any(String),
    organizationId: 'acme',
    name: 'Kong',
    kind: 'header',
    anyOrganization: false,
    createdAt: test.clock.now,
    createdBy: 'maker',
  })
  expect(await listIngestKeys(test.metadata.database, 'acme')).toEqual([record])
})

test.each([
  ['a maker who may not send events', ['oauth:client:add'], false, 'usage:event:add'],
  [
    'a key for any organization of one who is not the platform',
    ['oauth:client:add', 'usage:event:add'],
    true,
    'platform:admin',
  ],
] as [string, Permission[], boolean, string][])('%s is refused by name', async (_what, permissions, any, missing) => {
  await using test = await TestIdentity.open()
  await expect(make(test, permissions, any)).rejects.toMatchObject({
    code: 'missing.any.permissions',
    message: expect.stringContaining(`[${missing}]`),
  })
  expect(await listIngestKeys(test.metadata.database, 'acme')).toEqual([])
})

test('the platform’s administrator makes a key for any organization', async () => {
  await using test = await TestIdentity.open()
  expect((await make(test, ['platform:admin'], true)).record).toMatchObject({ anyOrganization: true })
})
