import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ALL_PERMISSIONS } from '../domain/permissions.ts'
import { findClientById } from '../metadata/clients.ts'
import { listOrganizations } from '../metadata/organizations.ts'
import { ensureFirstClient, type FirstClientOptions, resetClientSecret } from './first-client.ts'
import { TestIdentity } from './test-identity.ts'

const GIVEN = 'a given secret, long enough'
const DEMO = { organization: { id: 'demo', name: 'Demo' } }

async function open() {
  const test = await TestIdentity.open()
  const secretFile = join(test.metadata.folder, 'first-client-secret')
  const ensure = (options: Partial<FirstClientOptions> = {}) =>
    ensureFirstClient(test.metadata.database, { ...DEMO, ...options }, test.clock.now)
  return { test, secretFile, ensure, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() }
}

test('on empty metadata an organization and a client that may everything are made, and its secret is told', async () => {
  await using opened = await open()
  const { test, ensure } = opened
  const first = await ensure()
  expect(first).toMatchObject({ organizationId: 'demo', created: true, secretIs: 'generated' })
  expect(Buffer.from(first?.secret ?? '', 'base64url')).toHaveLength(32)
  expect(await listOrganizations(test.metadata.database)).toEqual([
    { id: 'demo', name: 'Demo', createdAt: test.clock.now },
  ])
  const client = await findClientById(test.metadata.database, first?.clientId ?? '')
  expect(client).toMatchObject({ organizationId: 'demo', name: 'Demo administrator', permissions: ALL_PERMISSIONS })
  await test.token(first?.clientId ?? '', first?.secret)
})

test('without an id for the organization it gets one of its own', async () => {
  await using opened = await open()
  const first = await opened.ensure({ organization: { name: 'Default' } })
  expect(first?.organizationId).toMatch(/^[0-9a-f-]{36}$/)
  expect(await listOrganizations(opened.test.metadata.database)).toMatchObject([{ name: 'Default' }])
})

test('given credentials are taken and not told', async () => {
  await using opened = await open()
  const first = await opened.ensure({ clientId: 'ops', clientSecret: GIVEN, secretFile: opened.secretFile })
  expect(first).toEqual({
    organizationId: 'demo',
    clientId: 'ops',
    created: true,
    secretIs: 'given',
    secret: undefined,
  })
  expect(existsSync(opened.secretFile)).toBe(false)
  await opened.test.token('ops', GIVEN)
})

test('a later start changes nothing and tells no secret', async () => {
  await using opened = await open()
  const { test, ensure } = opened
  const first = await ensure()
  await test.restart()
  const again = await ensure({ organization: { id: 'other', name: 'Other' }, clientId: 'ops', clientSecret: GIVEN })
  expect(again).toEqual({ ...first, created: false, secretIs: 'unknown', secret: undefined })
  expect(await listOrganizations(test.metadata.database)).toHaveLength(1)
  await test.token(first?.clientId ?? '', first?.secret)
})

test('a later start with the given secret knows that it is still the right one', async () => {
  await using opened = await open()
  await opened.ensure({ clientId: 'ops', clientSecret: GIVEN })
  expect(await opened.ensure({ clientId: 'ops', clientSecret: GIVEN })).toMatchObject({ secretIs: 'given' })
  expect(await opened.ensure({ clientId: 'ops', clientSecret: `${GIVEN}!` })).toMatchObject({ secretIs: 'unknown' })
})

test('a generated secret is kept in a file of the owner’s alone and told again: yesterday’s works today', async () => {
  await using opened = await open()
  const { test, ensure, secretFile } = opened
  const first = await ensure({ secretFile })
  expect(statSync(secretFile).mode & 0o777).toBe(0o600)
  expect(readFileSync(secretFile, 'utf8')).toBe(`${first?.secret}\n`)
  await test.restart()
  expect(await ensure({ secretFile })).toEqual({ ...first, created: false, secretIs: 'kept' })
})

test('a kept file that is gone or not right any more is not told', async () => {
  await using opened = await open()
  const { ensure, secretFile } = opened
  await ensure({ secretFile })
  writeFileSync(secretFile, 'something else\n')
  expect(await ensure({ secretFile })).toMatchObject({ secretIs: 'unknown', secret: undefined })
  rmSync(secretFile)
  expect(await ensure({ secretFile })).toMatchObject({ secretIs: 'unknown', secret: undefined })
  expect(existsSync(secretFile)).toBe(false)
})

test('a kept file of a start that did not end is written over', async () => {
  await using opened = await open()
  writeFileSync(opened.secretFile, 'of a client that was never made\n', { mode: 0o644 })
  const first = await opened.ensure({ secretFile: opened.secretFile })
  expect(readFileSync(opened.secretFile, 'utf8')).toBe(`${first?.secret}\n`)
  expect(statSync(opened.secretFile).mode & 0o777).toBe(0o600)
})

test.each([
  [{ clientSecret: 'too short' }, /at least 24/],
  [{ clientId: 'with:colon' }, /with:colon/],
  [{ clientId: 'with space' }, /without space and colon/],
  [{ clientId: '' }, /1 to 256/],
  [{ clientId: 'x'.repeat(257) }, /1 to 256/],
  [{ clientId: 'zoë' }, /ASCII/],
])('the given %j is refused and nothing is made', async (options, words) => {
  await using opened = await open()
  await expect(opened.ensure(options)).rejects.toThrow(words)
  expect(await listOrganizations(opened.test.metadata.database)).toEqual([])
})

test('a first client that was deleted is not made again', async () => {
  await using opened = await open()
  await opened.ensure()
  await opened.test.metadata.database.deleteFrom('client').execute()
  expect(await opened.ensure()).toBeUndefined()
})

test('a reset gives a new secret and ends what the old one began', async () => {
  await using opened = await open()
  const { test, ensure, secretFile } = opened
  const first = await ensure({ secretFile })
  const clientId = first?.clientId ?? ''
  const authorization = `Bearer ${await test.token(clientId, first?.secret)}`
  const code = await test.identity.newSignInCode(clientId)
  await test.addClient('acme', 'other')
  const others = `Bearer ${await test.token('other')}`

  const reset = await resetClientSecret(test.metadata.database, { secretFile }, test.clock.now)

  expect(reset).toMatchObject({ organizationId: 'demo', clientId })
  await expect(test.token(clientId, first?.secret)).rejects.toMatchObject({ error: 'invalid_client' })
  await expect(test.authenticate({ authorization })).rejects.toMatchObject({ code: 'bad.credentials' })
  await expect(test.identity.signIn({ code })).rejects.toMatchObject({ code: 'bad.credentials' })
  await test.token(clientId, reset.secret)
  await test.authenticate({ authorization: others })
  expect(await ensure({ secretFile })).toMatchObject({ secretIs: 'kept', secret: reset.secret })
})

test('a reset of any client by its id, with a chosen secret too, leaves the first client’s file alone', async () => {
  await using opened = await open()
  const { test, ensure, secretFile } = opened
  const first = await ensure({ secretFile })
  await test.addClient('acme', 'other')
  const options = { clientId: 'other', clientSecret: GIVEN, secretFile }
  expect(await resetClientSecret(test.metadata.database, options, 1)).toMatchObject({ secret: GIVEN })
  await test.token('other', GIVEN)
  expect(readFileSync(secretFile, 'utf8')).toBe(`${first?.secret}\n`)
})

test('a reset makes no file where none was', async () => {
  await using opened = await open()
  await opened.ensure()
  await resetClientSecret(opened.test.metadata.database, { secretFile: opened.secretFile }, 1)
  expect(existsSync(opened.secretFile)).toBe(false)
})

test('a reset of nobody, or to a short secret, is refused and changes nothing', async () => {
  await using opened = await open()
  const { database } = opened.test.metadata
  await expect(resetClientSecret(database, {}, 1)).rejects.toMatchObject({ code: 'not.found' })
  const first = await opened.ensure()
  await expect(resetClientSecret(database, { clientId: 'nobody' }, 1)).rejects.toThrow(/\[nobody\]/)
  await expect(resetClientSecret(database, { clientSecret: 'short' }, 1)).rejects.toMatchObject({
    code: 'invalid.value',
  })
  await opened.test.token(first?.clientId ?? '', first?.secret)
})
