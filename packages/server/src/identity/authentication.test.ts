import { describe, expect, test } from 'vitest'
import { ALL_PERMISSIONS } from '../domain/permissions.ts'
import { beginDeletion } from '../metadata/organizations.ts'
import { makeIngestKey } from './ingest-keys.ts'
import { TestIdentity } from './test-identity.ts'

const UNKNOWN = { code: 'bad.credentials' }
const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

async function makeKey(
  test: TestIdentity,
  token: string,
  anyOrganization = false,
  kind: 'header' | 'apitally' = 'header',
) {
  const maker = await test.authenticate({ authorization: `Bearer ${token}` })
  return makeIngestKey(test.metadata.database, maker, { name: 'Kong', kind, anyOrganization }, test.clock.now)
}

describe('an access token', () => {
  test('is its client, with that client’s permissions and its organization’s calls', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'reader', ['usage:organization:view'])
    const caller = await test.authenticate({ authorization: `Bearer ${await test.token('reader')}` })
    expect(caller).toEqual({
      kind: 'client',
      organizationId: 'acme',
      clientId: 'reader',
      person: undefined,
      name: 'The reader',
      permissions: new Set(['usage:organization:view']),
      anyOrganization: false,
      credential: expect.any(String),
      scope: { organizationIds: ['acme'], clientId: undefined },
    })
  })
  test('is read whatever the case of the scheme and the space after it', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'reader')
    const token = await test.token('reader')
    for (const authorization of [`bearer ${token}`, `BEARER   ${token} `]) {
      expect((await test.authenticate({ authorization })).clientId).toBe('reader')
    }
  })
  test('of a platform administrator may everything, for every organization', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin', ['platform:admin'])
    const caller = await test.authenticate({ authorization: `Bearer ${await test.token('admin')}` })
    expect(caller.permissions).toEqual(new Set(ALL_PERMISSIONS))
    expect(caller.anyOrganization).toBe(true)
  })
  test('names its credential without revealing it, each its own', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'reader')
    const tokens = [await test.token('reader'), await test.token('reader')]
    const callers = await Promise.all(tokens.map((token) => test.authenticate({ authorization: `Bearer ${token}` })))
    expect(new Set(callers.map((caller) => caller.credential)).size).toBe(2)
    for (const [index, caller] of callers.entries()) expect(caller.credential).not.toContain(tokens[index])
  })
  test('survives a restart', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'reader')
    const authorization = `Bearer ${await test.token('reader')}`
    await test.restart()
    expect((await test.authenticate({ authorization })).clientId).toBe('reader')
  })
  test('is dead when it has expired, to the millisecond', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'reader', [], { accessTokenValiditySeconds: 300 })
    const authorization = `Bearer ${await test.token('reader')}`
    test.clock.now += 299_999
    await test.authenticate({ authorization })
    test.clock.now += 1
    await expect(test.authenticate({ authorization })).rejects.toMatchObject(UNKNOWN)
  })
  test('is dead when it is revoked, after a restart too; the client’s other one lives', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'reader')
    const [one, other] = [`Bearer ${await test.token('reader')}`, `Bearer ${await test.token('reader')}`]
    await test.identity.revoke(await test.authenticate({ authorization: one }))
    await expect(test.authenticate({ authorization: one })).rejects.toMatchObject(UNKNOWN)
    await test.restart()
    await expect(test.authenticate({ authorization: one })).rejects.toMatchObject(UNKNOWN)
    expect((await test.authenticate({ authorization: other })).clientId).toBe('reader')
  })
  test.each(['disabled', 'inactive'] as const)('is dead at once when its client is %s', async (state) => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'reader')
    const authorization = `Bearer ${await test.token('reader')}`
    await test.changeClient('reader', { state })
    await expect(test.authenticate({ authorization })).rejects.toMatchObject(UNKNOWN)
  })
  test('is dead at once when its client or its organization is deleted', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'reader')
    await test.addClient('beta', 'writer')
    const [reader, writer] = [`Bearer ${await test.token('reader')}`, `Bearer ${await test.token('writer')}`]
    await test.metadata.database.deleteFrom('client').where('id', '=', 'reader').execute()
    await expect(test.authenticate({ authorization: reader })).rejects.toMatchObject(UNKNOWN)
    await beginDeletion(test.metadata.database, 'beta', 1)
    await expect(test.authenticate({ authorization: writer })).rejects.toMatchObject(UNKNOWN)
  })
})

describe('an ingest key', () => {
  test('is good as bearer token, as Basic password and as X-Api-Key; it has no permissions', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const { key, record } = await makeKey(test, await test.token('admin'))
    expect(key).toMatch(/^rmk_/)
    for (const credentials of [
      { authorization: `Bearer ${key}` },
      { authorization: basic('anything', key) },
      { authorization: basic('', key) },
      { apiKey: key },
    ]) {
      expect(await test.authenticate(credentials)).toEqual({
        kind: 'ingest-key',
        organizationId: 'acme',
        clientId: '',
        person: undefined,
        name: 'Kong',
        permissions: new Set(),
        anyOrganization: false,
        credential: record.id,
        scope: { organizationIds: ['acme'], clientId: undefined },
      })
    }
  })
  test('made for any organization says so', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const { key } = await makeKey(test, await test.token('admin'), true)
    expect(await test.authenticate({ apiKey: key })).toMatchObject({ anyOrganization: true, organizationId: 'acme' })
  })
  test('of an Apitally client is a UUID, and good in that client’s path alone', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const token = await test.token('admin')
    const { key } = await makeKey(test, token, false, 'apitally')
    expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    for (const sent of [key, key.toUpperCase()]) {
      expect(await test.identity.authenticateApitally(sent)).toMatchObject({
        kind: 'ingest-key',
        organizationId: 'acme',
        name: 'Kong',
        permissions: new Set(),
      })
    }
    for (const credentials of [
      { apiKey: key },
      { authorization: `Bearer ${key}` },
      { authorization: basic('', key) },
    ]) {
      await expect(test.authenticate(credentials)).rejects.toMatchObject(UNKNOWN)
    }
    const { key: other } = await makeKey(test, token)
    for (const wrong of [other, '', 'x', '3f2504e0-4f89-41d3-9a0c-0305e82c3301']) {
      await expect(test.identity.authenticateApitally(wrong)).rejects.toMatchObject({ code: 'not.found' })
    }
    await beginDeletion(test.metadata.database, 'acme', 1)
    await expect(test.identity.authenticateApitally(key)).rejects.toMatchObject({ code: 'not.found' })
  })
  test('lives on without its maker, and dies with its organization', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const { key } = await makeKey(test, await test.token('admin'))
    await test.metadata.database.deleteFrom('client').execute()
    expect((await test.authenticate({ apiKey: key })).kind).toBe('ingest-key')
    await beginDeletion(test.metadata.database, 'acme', 1)
    await expect(test.authenticate({ apiKey: key })).rejects.toMatchObject(UNKNOWN)
  })
})

describe('without good credentials', () => {
  test.each([{}, { authorization: '' }, { apiKey: '' }, { session: '' }])('%j is none at all', async (credentials) => {
    await using test = await TestIdentity.open()
    await expect(test.authenticate(credentials)).rejects.toMatchObject({ code: 'authentication.required' })
  })
  test('whatever is unknown or garbled is refused in the same words', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const token = await test.token('admin')
    const session = (await test.identity.signIn({ code: await test.identity.newSignInCode('admin') })).token
    const messages = new Set<string>()
    for (const credentials of [
      { authorization: 'Bearer unknown' },
      { authorization: 'Bearer rmk_unknown' },
      { authorization: 'Bearer' },
      { authorization: 'Bearer  ' },
      { authorization: token },
      { authorization: `Token ${token}` },
      { authorization: `Bearer ${token}x` },
      { authorization: `Bearer ${token} ${token}` },
      { authorization: `Bearer${token}` },
      { authorization: `Bearer ${session}` },
      { authorization: 'Basic' },
      { authorization: 'Basic %%%' },
      { authorization: basic('admin', 'a secret for tests, long enough') },
      { authorization: basic('', token) },
      { apiKey: token },
      { apiKey: 'rmk_unknown' },
      { session: token },
      { session: 'unknown' },
    ]) {
      const refused = await test.authenticate(credentials).then(String, (error: unknown) => error)
      expect(refused, JSON.stringify(credentials)).toMatchObject(UNKNOWN)
      messages.add(String(refused))
    }
    expect(messages.size).toBe(1)
  })
  test('a bad Authorization header is not mended by a good session', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const session = (await test.identity.signIn({ code: await test.identity.newSignInCode('admin') })).token
    await expect(test.authenticate({ authorization: 'Bearer x', session })).rejects.toMatchObject(UNKNOWN)
  })
})

test('no token, session, code or key stands on disk or in the log, nor does a client’s secret', async () => {
  await using test = await TestIdentity.open()
  await test.addClient('acme', 'admin')
  const token = await test.token('admin')
  const { key } = await makeKey(test, token)
  const code = await test.identity.newSignInCode('admin')
  const usedCode = await test.identity.newSignInCode('admin')
  const session = (await test.identity.signIn({ code: usedCode })).token
  const bytes = test.metadata.bytes()
  expect(bytes.includes('The admin')).toBe(true)
  for (const secret of [
    token,
    token.slice('rmt_'.length),
    key,
    key.slice('rmk_'.length),
    code,
    usedCode,
    session,
    'a secret for tests',
  ]) {
    expect(bytes.includes(secret), secret).toBe(false)
    expect(bytes.includes(Buffer.from(secret, 'base64url')), secret).toBe(false)
    expect(test.logged.join('\n')).not.toContain(secret)
  }
})
