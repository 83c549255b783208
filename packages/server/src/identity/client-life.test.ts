import { expect, test } from 'vitest'
import { ALL_PERMISSIONS, type Permission } from '../domain/permissions.ts'
import { findClient } from '../metadata/clients.ts'
import { changeClient, deleteClient, makeClient, renewClientSecret } from './client-life.ts'
import { TestIdentity } from './test-identity.ts'

const actor = (clientId: string, permissions: readonly Permission[] = ALL_PERMISSIONS, organizationId = 'acme') => ({
  organizationId,
  clientId,
  permissions: new Set(permissions),
})
const REQUEST = { name: 'Renamed', authorizedGrantType: 'CLIENT-CREDENTIALS' }
const EDITOR: readonly Permission[] = ['oauth:client:edit', 'oauth:client:delete']

test('of clients that take each other out at once, one that can edit clients is left', async () => {
  await using test = await TestIdentity.open()
  const { database } = test.metadata
  const ids = Array.from({ length: 9 }, (_, index) => `editor-${index}`)
  for (const id of ids) await test.addClient('acme', id, id === 'editor-4' ? ['platform:admin'] : EDITOR)
  const takeOut = [
    (by: string, id: string) => deleteClient(database, actor(by), id),
    (by: string, id: string) => changeClient(database, actor(by), id, { ...REQUEST, state: 'disabled' }, 1),
    (by: string, id: string) => changeClient(database, actor(by), id, { ...REQUEST, permissions: [] }, 1),
  ]
  const ends = await Promise.allSettled(
    ids.map((id, index) => takeOut[index % takeOut.length]?.(ids[(index + 1) % ids.length] ?? '', id)),
  )
  const refused = ends.filter((end) => end.status === 'rejected')
  expect(refused.map(({ reason }) => reason.code)).toEqual(['conflict'])
  const left = await Promise.all(ids.map((id) => findClient(database, 'acme', id)))
  const able = left.filter((client) => client?.state === 'active' && client.permissions.length > 0)
  expect(able).toHaveLength(1)
})

test.each([
  ['disabled', { state: 'disabled' }],
  ['inactive', { state: 'inactive' }],
  ['without a secret', { secretHash: null }],
  ['of another grant', { authorizedGrantType: 'CODE' }],
  ['of another organization', {}],
  ['without the permission', { permissions: ['oauth:client:view', 'oauth:client:delete'] }],
] as const)('a client %s is none that can edit clients', async (kind, fields) => {
  await using test = await TestIdentity.open()
  const { database } = test.metadata
  await test.addClient('acme', 'editor', EDITOR)
  await test.addClient(kind === 'of another organization' ? 'beta' : 'acme', 'other', EDITOR, fields)
  for (const request of [{ state: 'disabled' }, { permissions: [] }, { authorizedGrantType: 'CODE' }] as const) {
    const change = changeClient(database, actor('editor'), 'editor', { ...REQUEST, ...request }, 1)
    await expect(change).rejects.toMatchObject({ code: 'conflict' })
  }
  await expect(deleteClient(database, actor('editor'), 'editor')).rejects.toMatchObject({ code: 'conflict' })
  // What does not take it out is not refused.
  const changed = await changeClient(database, actor('editor'), 'editor', { ...REQUEST, permissions: EDITOR }, 1)
  expect(changed).toMatchObject({ name: 'Renamed', state: 'active', permissions: EDITOR })
})

test('a client that cannot edit clients is removed beside the only one that can', async () => {
  await using test = await TestIdentity.open()
  const { database } = test.metadata
  await test.addClient('acme', 'editor', EDITOR)
  await test.addClient('acme', 'reader', ['oauth:client:view'])
  await deleteClient(database, actor('editor'), 'reader')
  expect(await findClient(database, 'acme', 'reader')).toBeUndefined()
})

test('to change, re-secret or delete a client one needs every permission that it holds, and what it is given', async () => {
  await using test = await TestIdentity.open()
  const { database } = test.metadata
  await test.addClient('acme', 'boss', ALL_PERMISSIONS)
  const client = await test.addClient('acme', 'target', ['usage:data:delete', 'oauth:client:view'])
  const weak = actor('weak', ['oauth:client:view', 'oauth:client:edit', 'oauth:client:delete', 'oauth:client:add'])
  const lacking = { code: 'missing.any.permissions', message: expect.stringContaining('[usage:data:delete]') }
  await expect(changeClient(database, weak, 'target', REQUEST, 1)).rejects.toMatchObject(lacking)
  await expect(changeClient(database, weak, 'target', { ...REQUEST, permissions: [] }, 1)).rejects.toMatchObject(
    lacking,
  )
  await expect(renewClientSecret(database, weak, 'target', 1)).rejects.toMatchObject(lacking)
  await expect(deleteClient(database, weak, 'target')).rejects.toMatchObject(lacking)
  expect(await findClient(database, 'acme', 'target')).toEqual(client)
  await test.addClient('acme', 'harmless', ['oauth:client:view'])
  const more = changeClient(database, weak, 'harmless', { ...REQUEST, permissions: ['usage:data:delete'] }, 1)
  await expect(more).rejects.toMatchObject(lacking)
  const made = makeClient(database, weak, { ...REQUEST, permissions: ['usage:data:delete'] }, 1)
  await expect(made).rejects.toMatchObject(lacking)
})

test('an organization that is deleted meanwhile gets no client', async () => {
  await using test = await TestIdentity.open()
  const maker = actor('app', ALL_PERMISSIONS, 'gone')
  await expect(makeClient(test.metadata.database, maker, REQUEST, 1)).rejects.toMatchObject({ code: 'bad.credentials' })
  expect(await test.metadata.database.selectFrom('client').selectAll().execute()).toEqual([])
})
