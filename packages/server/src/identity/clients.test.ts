import { expect, test } from 'vitest'
import { findClientById, registeredNames } from '../metadata/clients.ts'
import { registerClient } from './clients.ts'
import { SECRET, TestIdentity } from './test-identity.ts'

const KNOWN = { id: 'a23f…: any string', name: 'Backup Scripts' }

test('a client registered by a known id has a name, no permissions, and cannot sign in', async () => {
  await using test = await TestIdentity.open()
  const { database } = test.metadata
  await registerClient(database, 'acme', KNOWN, 1)
  expect(await findClientById(database, KNOWN.id)).toMatchObject({ permissions: [], secretHash: null })
  const names = await registeredNames(database, ['acme'], [])
  expect(names).toEqual([{ organizationId: 'acme', clientId: KNOWN.id, name: 'Backup Scripts' }])
  for (const clientSecret of ['', SECRET]) {
    const signIn = test.identity.signIn({ clientId: KNOWN.id, clientSecret, address: '::1' })
    await expect(signIn).rejects.toMatchObject({ code: 'bad.credentials' })
  }
})

test('registered again it stays as it is; another organization cannot take its id', async () => {
  await using test = await TestIdentity.open()
  const { database } = test.metadata
  await registerClient(database, 'acme', KNOWN, 1)
  await registerClient(database, 'acme', { ...KNOWN, name: 'Other' }, 2)
  await expect(registerClient(database, 'beta', KNOWN, 2)).rejects.toMatchObject({ code: 'conflict' })
  expect(await findClientById(database, KNOWN.id)).toMatchObject({ organizationId: 'acme', name: 'Backup Scripts' })
})
