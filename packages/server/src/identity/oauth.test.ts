import { expect, test } from 'vitest'
import { type GrantedToken, OAuthRefusal } from './oauth.ts'
import { formHeaders, SECRET, TestIdentity } from './test-identity.ts'

type Form = Record<string, string>

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

function grant(test: TestIdentity, form: unknown, headers: Form = {}): Promise<GrantedToken> {
  return test.identity.grantToken({ headers: { ...formHeaders(form as Form), ...headers }, body: form, address: '::1' })
}

async function refusalOf(granted: Promise<GrantedToken>): Promise<OAuthRefusal> {
  const refusal = await granted.then(String, (error: unknown) => error)
  if (refusal instanceof OAuthRefusal) return refusal
  throw new Error(`expected an OAuthRefusal, got ${String(refusal)}`)
}

test('a client gets a token for its id and secret, by HTTP Basic and in the form', async () => {
  await using test = await TestIdentity.open()
  await test.addClient('acme', 'admin')
  const form = { grant_type: 'client_credentials' }
  const tokens = [
    await grant(test, form, { authorization: basic(`admin:${SECRET}`) }),
    await grant(test, { ...form, client_id: 'admin', client_secret: SECRET }),
    await grant(test, { ...form, scope: 'any "thing"' }, { authorization: basic(`admin:${SECRET}`) }),
    await grant(test, { ...form, scope: '', client_id: '' }, { authorization: basic(`admin:${SECRET}`) }),
  ]
  expect(new Set(tokens.map((token) => token.accessToken)).size).toBe(4)
  for (const { accessToken, expiresIn } of tokens) {
    expect(expiresIn).toBe(86_399)
    expect((await test.authenticate({ authorization: `Bearer ${accessToken}` })).clientId).toBe('admin')
  }
})

test.each([300, 172_800])(
  'the token of a client with %i seconds says one less and lives that long',
  async (seconds) => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin', [], { accessTokenValiditySeconds: seconds })
    const token = await grant(test, { grant_type: 'client_credentials', client_id: 'admin', client_secret: SECRET })
    expect(token.expiresIn).toBe(seconds - 1)
    const { expiresAt } = await test.metadata.database.selectFrom('token').select('expiresAt').executeTakeFirstOrThrow()
    expect(expiresAt).toBe(test.clock.now + seconds * 1000)
  },
)

test.each([
  ['a wrong secret by Basic', {}, { authorization: basic('admin:wrong') }, true],
  ['an unknown client by Basic', {}, { authorization: basic(`nobody:${SECRET}`) }, true],
  ['a wrong secret in the form', { client_id: 'admin', client_secret: 'wrong' }, {}, false],
  ['no credentials', {}, {}, false],
  ['an id without a secret', { client_id: 'admin' }, {}, false],
  ['an empty secret in the form', { client_id: 'admin', client_secret: '' }, {}, false],
  ['a scheme that is not Basic', {}, { authorization: 'Bearer abc' }, true],
  ['a Basic that is not base64', {}, { authorization: 'Basic %%%' }, true],
] as [string, Form, Form, boolean][])('%s is invalid_client', async (_what, fields, headers, challenge) => {
  await using test = await TestIdentity.open()
  await test.addClient('acme', 'admin')
  const refusal = await refusalOf(grant(test, { grant_type: 'client_credentials', ...fields }, headers))
  expect(refusal).toMatchObject({ error: 'invalid_client', status: 401, challenge })
})

test('a disabled client is invalid_client', async () => {
  await using test = await TestIdentity.open()
  await test.addClient('acme', 'admin', [], { state: 'disabled' })
  const form = { grant_type: 'client_credentials', client_id: 'admin', client_secret: SECRET }
  expect(await refusalOf(grant(test, form))).toMatchObject({ error: 'invalid_client', status: 401 })
})

test('a client that is made for people cannot come by its secret alone', async () => {
  await using test = await TestIdentity.open()
  await test.addClient('acme', 'admin', [], { authorizedGrantType: 'CODE' })
  const form = { grant_type: 'client_credentials', client_id: 'admin', client_secret: SECRET }
  const refusal = await refusalOf(grant(test, form))
  expect(refusal).toMatchObject({ error: 'unauthorized_client', status: 400 })
  expect(refusal.message).toContain('authorizedGrantType')
})

test.each(['password', 'token', 'refresh_token', 'CLIENT_CREDENTIALS', 'constructor', 'x'.repeat(500)])(
  'the grant type %s is not supported, and the allowed one is named',
  async (grantType) => {
    await using test = await TestIdentity.open()
    const refusal = await refusalOf(grant(test, { grant_type: grantType }))
    expect(refusal).toMatchObject({ error: 'unsupported_grant_type', status: 400 })
    expect(refusal.message).toContain(grantType.slice(0, 100))
    expect(refusal.message).toContain('client_credentials')
    expect(refusal.message.length).toBeLessThan(250)
  },
)

test.each([
  ['no grant type', {}, 'grant_type is missing'],
  ['an empty grant type', { grant_type: '' }, 'grant_type is missing'],
  [
    'a repeated grant type',
    { grant_type: ['client_credentials', 'client_credentials'] },
    'grant_type came more than once',
  ],
  [
    'a repeated id',
    { grant_type: 'client_credentials', client_id: ['a', 'b'], client_secret: 'c' },
    'client_id came more than once',
  ],
  ['a body that is no form', undefined, 'application/x-www-form-urlencoded'],
  ['a text', 'grant_type=client_credentials', 'application/x-www-form-urlencoded'],
  ['an id with a line break', { grant_type: 'client_credentials', client_id: 'a\nb', client_secret: 'c' }, 'client_id'],
] as [string, unknown, string][])('%s is an invalid_request', async (_what, body, words) => {
  await using test = await TestIdentity.open()
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '10' }
  const refusal = await refusalOf(test.identity.grantToken({ headers, body, address: '::1' }))
  expect(refusal).toMatchObject({ error: 'invalid_request', status: 400 })
  expect(refusal.message).toContain(words)
})

test('too many wrong secrets are a refusal with the time to wait, not a failure of the library', async () => {
  await using test = await TestIdentity.open()
  const form = { grant_type: 'client_credentials', client_id: 'admin', client_secret: 'wrong' }
  for (let attempt = 0; attempt < 10; attempt += 1) await refusalOf(grant(test, form))
  await expect(grant(test, form)).rejects.toMatchObject({ code: 'too.many.requests', retryAfter: 60 })
})

test('a failure of ours comes out as it is, so that it is logged', async () => {
  await using test = await TestIdentity.open()
  await test.addClient('acme', 'admin')
  await test.metadata.database.schema.dropTable('token').execute()
  const form = { grant_type: 'client_credentials', client_id: 'admin', client_secret: SECRET }
  await expect(grant(test, form)).rejects.toThrow('no such table: token')
})

test('expired tokens and codes are deleted now and then', async () => {
  await using test = await TestIdentity.open()
  await test.addClient('acme', 'admin', [], { accessTokenValiditySeconds: 300 })
  const count = async () => (await test.metadata.database.selectFrom('token').select('hash').execute()).length
  await test.token('admin')
  await test.identity.newSignInCode('admin')
  test.clock.now += 9 * 60_000
  await test.token('admin')
  expect(await count()).toBe(2)
  test.clock.now += 15 * 60_000
  await test.token('admin')
  expect(await count()).toBe(1)
  expect(await test.metadata.database.selectFrom('signInCode').select('hash').execute()).toEqual([])
})
