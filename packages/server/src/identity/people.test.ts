import { expect, test } from 'vitest'
import { ALL_PERMISSIONS, type Permission } from '../domain/permissions.ts'
import { addToken } from '../metadata/tokens.ts'
import { hashRandomSecret } from './secrets.ts'
import { TestIdentity } from './test-identity.ts'

const ADA = { issuer: 'https://login.example.com', subject: 'ada', name: 'Ada', organizationId: 'acme' } as const

test('a person whom an outside issuer vouched for is who they are, with permissions of their own and no client', async () => {
  await using test = await TestIdentity.open()
  await test.addClient('acme', 'admin')
  const permissions: readonly Permission[] = ['usage:organization:view']
  const session = await test.identity.startSession({ ...ADA, permissions })
  await test.restart()
  expect(await test.authenticate({ session })).toEqual({
    kind: 'person',
    organizationId: 'acme',
    clientId: '',
    person: { issuer: 'https://login.example.com', subject: 'ada', name: 'Ada' },
    name: 'Ada',
    permissions: new Set(permissions),
    anyOrganization: false,
    credential: hashRandomSecret(session),
    scope: { organizationIds: ['acme'], clientId: undefined },
  })
  test.clock.now += 12 * 60 * 60 * 1000
  await expect(test.authenticate({ session })).rejects.toMatchObject({ code: 'bad.credentials' })
})

test('who signs in with a client’s credentials is that client as a person', async () => {
  await using test = await TestIdentity.open()
  await test.addClient('acme', 'admin')
  const session = (await test.identity.signIn({ code: await test.identity.newSignInCode('admin') })).token
  const person = { issuer: '', subject: 'admin', name: 'The admin' }
  expect(await test.authenticate({ session })).toMatchObject({ kind: 'person', clientId: 'admin', person })
  await test.changeClient('admin', { permissions: ['oauth:client:view'], name: 'Renamed' })
  expect(await test.authenticate({ session })).toMatchObject({
    name: 'Renamed',
    permissions: new Set(['oauth:client:view']),
  })
})

test.each<[string, readonly Permission[], readonly Permission[], readonly Permission[]]>([
  [
    'what both may',
    ['oauth:client:view', 'oauth:client:add'],
    ['oauth:client:add', 'usage:event:add'],
    ['oauth:client:add'],
  ],
  ['nothing that only the person may', ['platform:admin'], ['usage:event:add'], ['usage:event:add']],
  ['nothing that only the client may', ['usage:event:add'], ['platform:admin'], ['usage:event:add']],
  ['all of it when both are platform administrators', ['platform:admin'], ['platform:admin'], ALL_PERMISSIONS],
  ['nothing without anything in common', ['oauth:client:view'], ['oauth:client:add'], []],
])('a person who uses a client may %s', async (_what, persons, clients, common) => {
  await using test = await TestIdentity.open()
  await test.addClient('acme', 'app', clients)
  const times = { createdAt: test.clock.now, expiresAt: test.clock.now + 1 }
  const person = { ...ADA, permissions: persons }
  const hash = hashRandomSecret('token')
  await addToken(test.metadata.database, { hash, kind: 'access', clientId: 'app', person, ...times })
  const caller = await test.authenticate({ authorization: 'Bearer token' })
  expect(caller).toMatchObject({ kind: 'person', clientId: 'app', name: 'Ada' })
  expect(caller.permissions).toEqual(new Set(common))
  expect(caller.anyOrganization).toBe(common.includes('platform:admin'))
})
