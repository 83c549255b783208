import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SILENT_LOG } from '../../domain/log.ts'
import { TestIdentity } from '../test-identity.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { json, newSigningKey, type Page, TestIssuer } from './test-issuer.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

const DISCOVERY = '/.well-known/openid-configuration'
const UNKNOWN = { code: 'bad.credentials' }
const UNAVAILABLE = { code: 'service.unavailable' }

/** jose goes by the real clock, which is put beside the test's own. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

async function open(fields: (issuer: TestIssuer) => Partial<TrustedIssuer> = () => ({})) {
  const issuer = await TestIssuer.open()
  const test = await TestIdentity.open([issuer.trusted(fields(issuer))])
  await test.addClient('acme', 'admin')
  vi.setSystemTime(test.clock.now)
  return {
    issuer,
    test,
    authenticate: (token: string) => test.authenticate({ authorization: `Bearer ${token}` }),
    token: (key?: Awaited<ReturnType<typeof newSigningKey>>) =>
      issuer.token(test.clock.now, {}, key === undefined ? {} : { key }),
    pass(milliseconds: number) {
      test.clock.now += milliseconds
      vi.setSystemTime(test.clock.now)
    },
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]()
      await issuer[Symbol.asyncDispose]()
    },
  }
}

const answering =
  (status: number): Page =>
  (_, response) =>
    response.writeHead(status).end()
const html: Page = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
const saying =
  (value: unknown): Page =>
  (_, response) =>
    json(response, value)

describe('an issuer’s keys', () => {
  test('are looked up once for many tokens, however many come at once', async () => {
    await using outside = await open()
    const tokens = await Promise.all(Array.from({ length: 20 }, () => outside.token()))
    await Promise.all(tokens.map(outside.authenticate))
    await Promise.all(tokens.map(outside.authenticate))
    expect(outside.issuer.asked).toEqual([DISCOVERY, '/jwks'])
  })
  test('are where the setting says, and then nothing is discovered', async () => {
    await using outside = await open((issuer) => ({ jwksUri: `${issuer.url}/elsewhere` }))
    outside.issuer.pages.set('/elsewhere', (_, response) => json(response, { keys: outside.issuer.published }))
    await outside.authenticate(await outside.token())
    expect(outside.issuer.asked).toEqual(['/elsewhere'])
  })
  test('may be rotated: the new key is found when its first token comes, the old one goes', async () => {
    await using outside = await open()
    const old = await outside.token()
    await outside.authenticate(old)
    const key = await newSigningKey('second')
    outside.issuer.published = [...outside.issuer.published, key.publicJwk]
    outside.pass(30_000)
    await outside.authenticate(await outside.token(key))
    await outside.authenticate(old)
    outside.issuer.published = [key.publicJwk]
    outside.pass(10 * 60_000)
    await expect(outside.authenticate(old)).rejects.toMatchObject(UNKNOWN)
    await outside.authenticate(await outside.token(key))
  })
  test('are looked for once in half a minute, however many unknown key ids strangers make up', async () => {
    await using outside = await open()
    await outside.authenticate(await outside.token())
    for (let stranger = 0; stranger < 50; stranger++) {
      const token = await outside.issuer.token(outside.test.clock.now, {}, { header: { kid: `made-up-${stranger}` } })
      await expect(outside.authenticate(token)).rejects.toMatchObject(UNKNOWN)
      outside.pass(1_000)
    }
    expect(outside.issuer.asked).toEqual([DISCOVERY, '/jwks', '/jwks'])
  })
  test('are not looked for when a token could not be good anyway', async () => {
    await using outside = await open()
    for (const stranger of [
      await outside.issuer.token(outside.test.clock.now, { iss: 'https://elsewhere.example' }),
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await outside.token()).split('.')[1]}.`,
    ]) {
      await expect(outside.authenticate(stranger)).rejects.toMatchObject(UNKNOWN)
    }
    expect(outside.issuer.asked).toEqual([])
  })
})

describe('while an issuer’s keys cannot be fetched', () => {
  test.each([
    ['its key set answers 500', '/jwks', answering(500)],
    ['its key set sends it elsewhere', '/jwks', answering(302)],
    ['its key set is no JSON', '/jwks', html],
    ['its key set is another JSON', '/jwks', saying({ keys: 'none' })],
    ['its discovery answers 404', DISCOVERY, answering(404)],
    ['its discovery is no JSON', DISCOVERY, html],
    ['its discovery is null', DISCOVERY, saying(null)],
  ] satisfies [string, string, Page][])(
    'because %s, the answer is 503 with Retry-After, and 200 soon after it recovers',
    async (_, path, page) => {
      await using outside = await open()
      const token = await outside.token()
      const good = outside.issuer.pages.get(path)
      outside.issuer.pages.set(path, page)
      await expect(outside.authenticate(token)).rejects.toMatchObject({ ...UNAVAILABLE, retryAfter: 5 })
      if (good !== undefined) outside.issuer.pages.set(path, good)
      outside.pass(4_000)
      await expect(outside.authenticate(token)).rejects.toMatchObject({ ...UNAVAILABLE, retryAfter: 1 })
      outside.pass(1_000)
      expect((await outside.authenticate(token)).clientId).toBe('outsider')
    },
  )
  test('it is asked once in five seconds and logged as often, however many tokens come', async () => {
    await using outside = await open()
    outside.issuer.pages.set('/jwks', answering(500))
    const token = await outside.token()
    for (let time = 0; time < 10; time++) {
      await expect(outside.authenticate(token)).rejects.toMatchObject(UNAVAILABLE)
      outside.pass(1_000)
    }
    expect(outside.issuer.asked.filter((path) => path === '/jwks')).toHaveLength(2)
    expect(outside.test.logged.map((line) => JSON.parse(line).message)).toEqual(
      Array(2).fill('the keys of an outside issuer cannot be fetched'),
    )
  })
  test('tokens whose key is known are good until the kept keys are too old', async () => {
    await using outside = await open()
    const token = await outside.token()
    await outside.authenticate(token)
    outside.issuer.pages.set('/jwks', answering(500))
    outside.pass(60_000)
    const unknown = await outside.token(await newSigningKey('second'))
    await expect(outside.authenticate(unknown)).rejects.toMatchObject(UNAVAILABLE)
    await outside.authenticate(token)
    outside.pass(9 * 60_000)
    await expect(outside.authenticate(token)).rejects.toMatchObject(UNAVAILABLE)
  })
  test('where nobody listens the log says so', async () => {
    const issuer = await TestIssuer.open()
    await issuer[Symbol.asyncDispose]()
    await using test = await TestIdentity.open([issuer.trusted()])
    vi.setSystemTime(test.clock.now)
    const authorization = `Bearer ${await issuer.token(test.clock.now)}`
    await expect(test.authenticate({ authorization })).rejects.toMatchObject(UNAVAILABLE)
    expect(test.logged.join()).toContain('ECONNREFUSED')
  })
  test('a token of our own is as good as ever', async () => {
    await using outside = await open()
    outside.issuer.pages.set('/jwks', answering(500))
    const own = await outside.test.token('admin')
    await expect(outside.authenticate(await outside.token())).rejects.toMatchObject(UNAVAILABLE)
    expect((await outside.authenticate(own)).clientId).toBe('admin')
  })
})

test('keys that moved are found where the issuer says they are now', async () => {
  await using outside = await open()
  const token = await outside.token()
  await outside.authenticate(token)
  outside.issuer.pages.delete('/jwks')
  outside.issuer.pages.set('/keys', (_, response) => json(response, { keys: outside.issuer.published }))
  const { url } = outside.issuer
  outside.issuer.discovery = () => ({ issuer: url, jwks_uri: `${url}/keys` })
  outside.pass(10 * 60_000)
  await expect(outside.authenticate(token)).rejects.toMatchObject(UNAVAILABLE)
  outside.pass(5_000)
  expect((await outside.authenticate(token)).clientId).toBe('outsider')
})

test.each([
  ['another issuer', { issuer: 'https://elsewhere.example' }],
  ['keys on a plain connection', { jwks_uri: 'http://127.0.0.1.example.com/jwks' }],
  ['a file', { jwks_uri: 'file:///etc/passwd' }],
  ['no keys', { jwks_uri: undefined }],
])('a discovery document with %s is not believed', async (_, fields) => {
  await using outside = await open()
  const document = outside.issuer.discovery()
  outside.issuer.discovery = () => ({ ...document, ...fields })
  await expect(outside.authenticate(await outside.token())).rejects.toMatchObject(UNAVAILABLE)
  expect(outside.issuer.asked).toEqual([DISCOVERY])
})

test('an issuer that does not answer is waited for no longer than the timeout', async () => {
  await using issuer = await TestIssuer.open()
  issuer.pages.set('/jwks', () => {})
  const keys = createIssuerKeys(issuer.trusted(), { now: Date.now, log: SILENT_LOG, timeoutMs: 20 })
  const input = { payload: '', signature: '' }
  await expect(keys({ alg: 'ES256', kid: 'first' }, input)).rejects.toMatchObject(UNAVAILABLE)
})
