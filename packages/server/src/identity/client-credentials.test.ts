import { expect, test } from 'vitest'
import { updateClient } from '../metadata/clients.ts'
import { createFindClientBySecret } from './client-credentials.ts'
import { hashClientSecret } from './secrets.ts'
import { SECRET, TestIdentity } from './test-identity.ts'

async function open() {
  const test = await TestIdentity.open()
  const log = {
    debug() {},
    info() {},
    warn: (fields: object, message: string) => void test.logged.push(JSON.stringify({ ...fields, message })),
    error() {},
  }
  const find = createFindClientBySecret({ metadata: test.metadata.database, now: () => test.clock.now, log })
  const by = async (clientId: string, clientSecret: string, address = '10.0.0.1') =>
    (await find({ clientId, clientSecret, address }))?.id
  return { test, by, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() }
}

test('a client is found by its own secret only', async () => {
  await using opened = await open()
  const { test, by } = opened
  await test.addClient('acme', 'admin')
  await test.addClient('acme', 'other', [], { secretHash: await hashClientSecret('another secret, long enough') })
  await test.addClient('acme', 'without', [], { secretHash: null })
  expect(await by('admin', SECRET)).toBe('admin')
  expect(await by('admin', 'another secret, long enough')).toBeUndefined()
  expect(await by('other', SECRET)).toBeUndefined()
  expect(await by('without', SECRET)).toBeUndefined()
  expect(await by('without', '')).toBeUndefined()
  expect(await by('nobody', SECRET)).toBeUndefined()
})

test.each(['disabled', 'inactive'] as const)('a client that is %s is not found', async (state) => {
  await using opened = await open()
  await opened.test.addClient('acme', 'admin', [], { state })
  expect(await opened.by('admin', SECRET)).toBeUndefined()
})

test('id and secret are also read form-encoded, as RFC 6749 wants them in HTTP Basic', async () => {
  await using opened = await open()
  const secret = 'percent % plus + and space, long'
  await opened.test.addClient('acme', 'a-b_c', [], { secretHash: await hashClientSecret(secret) })
  expect(await opened.by('a-b_c', secret)).toBe('a-b_c')
  expect(await opened.by('a%2Db%5Fc', encodeURIComponent(secret).replaceAll('%20', '+'))).toBe('a-b_c')
  expect(await opened.by('a%2Db%5Fc', 'percent % plus + and spac')).toBeUndefined()
})

test('ten wrong secrets lock out their address for the minute, even with the right one, and no other', async () => {
  await using opened = await open()
  const { test, by } = opened
  await test.addClient('acme', 'admin')
  for (let attempt = 0; attempt < 10; attempt += 1) expect(await by('admin', 'wrong', '6.6.6.6')).toBeUndefined()
  await expect(by('admin', SECRET, '6.6.6.6')).rejects.toMatchObject({ code: 'too.many.requests', retryAfter: 60 })
  // The same client id, written so that it decodes to it, is no second chance.
  await expect(by('%61dmin', 'wrong', '6.6.6.6')).rejects.toMatchObject({ code: 'too.many.requests' })
  expect(await by('admin', SECRET, '10.0.0.1')).toBe('admin')
  test.clock.now += 60_000
  expect(await by('admin', SECRET, '6.6.6.6')).toBe('admin')
  expect(test.logged).toHaveLength(1)
  expect(test.logged[0]).toContain('6.6.6.6')
  expect(test.logged[0]).not.toContain('wrong"')
})

test('unknown ids are locked like known ones', async () => {
  await using opened = await open()
  for (let attempt = 0; attempt < 10; attempt += 1) expect(await opened.by('nobody', 'x')).toBeUndefined()
  await expect(opened.by('nobody', 'x')).rejects.toMatchObject({ code: 'too.many.requests' })
})

test('a secret that is replaced while it is being checked gives no token and no session', async () => {
  await using test = await TestIdentity.open()
  const { database } = test.metadata
  const { secretHash } = await test.addClient('acme', 'other', [], { secretHash: 'scrypt:2:1:1:c2FsdA:a2V5' })
  await test.addClient('acme', 'app')
  const token = test.token('app')
  const session = test.identity.signIn({ clientId: 'app', clientSecret: SECRET, address: '::1' })
  await updateClient(database, 'acme', 'app', { secretHash, modifiedAt: 1, modifiedBy: '' })
  await expect(token).rejects.toMatchObject({ error: 'invalid_client', status: 401 })
  await expect(session).rejects.toMatchObject({ code: 'bad.credentials' })
  expect(await database.selectFrom('token').selectAll().execute()).toEqual([])
})
