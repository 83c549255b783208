import { expect, test } from 'vitest'
import { SECRET } from '../../identity/test-identity.ts'
import { type Answer, TestIdentityApp } from '../test-identity-app.ts'

const URL = '/v1/sign-in'
const OWN = { host: 'localhost:8787', origin: 'http://localhost:8787' }

const signIn = (app: TestIdentityApp, payload: object, headers: Record<string, string> = OWN) =>
  app.inject({ method: 'POST', url: URL, payload, headers })

async function open(settings = {}): Promise<TestIdentityApp> {
  const app = await TestIdentityApp.open(settings)
  await app.test.addClient('acme', 'admin')
  return app
}

function cookieOf(answer: Answer) {
  const [cookie] = answer.cookies
  if (cookie === undefined || answer.cookies.length > 1) throw new Error('expected one cookie')
  return cookie
}

test.each(['a code', 'client credentials'])(
  '%s begins a session, in a cookie that only this server gets',
  async (way) => {
    await using app = await open()
    const code = await app.test.identity.newSignInCode('admin')
    const answer = await signIn(app, way === 'a code' ? { code } : { clientId: 'admin', clientSecret: SECRET })
    expect(answer.statusCode, answer.body).toBe(200)
    expect(answer.json()).toEqual({ organizationId: 'acme', clientId: 'admin', clientName: 'The admin' })
    const { value, ...attributes } = cookieOf(answer)
    expect(attributes).toEqual({
      name: 'routemeter_session',
      maxAge: 43_200,
      path: '/',
      httpOnly: true,
      sameSite: 'Strict',
    })
    const headers = { cookie: `routemeter_session=${value}` }
    expect((await app.inject({ url: '/api/v2/tokens/me', headers })).json().OAuthClient.id).toBe('admin')
    const bytes = app.test.metadata.bytes()
    for (const secret of [code, value, SECRET]) {
      expect(bytes.includes(secret)).toBe(false)
      expect(app.log).not.toContain(secret)
    }
  },
)

test.each([
  ['the public URL', { publicUrl: 'https://usage.example.com' }, {}],
  ['the proxy', { trustProxy: true }, { 'x-forwarded-proto': 'https' }],
])('where %s is HTTPS the cookie is Secure', async (_what, settings, headers) => {
  await using app = await open(settings)
  const answer = await signIn(app, { clientId: 'admin', clientSecret: SECRET }, { ...OWN, ...headers })
  expect(cookieOf(answer)).toMatchObject({ secure: true })
})

test('a code is good once; wrong, used and expired ones are the same 401 without a cookie', async () => {
  await using app = await open()
  const [used, expired] = [
    await app.test.identity.newSignInCode('admin'),
    await app.test.identity.newSignInCode('admin'),
  ]
  expect((await signIn(app, { code: used })).statusCode).toBe(200)
  app.test.clock.now += 15 * 60_000
  const messages = new Set<string>()
  for (const body of [
    { code: used },
    { code: expired },
    { code: 'unknown' },
    { clientId: 'admin', clientSecret: 'wrong' },
    { clientId: 'nobody', clientSecret: SECRET },
  ]) {
    const answer = await signIn(app, body)
    expect(answer.statusCode).toBe(401)
    expect(answer.json().code).toBe('bad.credentials')
    expect(answer.cookies).toEqual([])
    messages.add(answer.json().message)
  }
  expect(messages.size).toBe(1)
})

test('too many wrong secrets are 429 with the time to wait', async () => {
  await using app = await open()
  const wrong = { clientId: 'admin', clientSecret: 'wrong' }
  for (let attempt = 0; attempt < 10; attempt += 1) expect((await signIn(app, wrong)).statusCode).toBe(401)
  const answer = await signIn(app, { clientId: 'admin', clientSecret: SECRET })
  expect(answer.statusCode).toBe(429)
  expect(answer.json().code).toBe('too.many.requests')
  expect(answer.headers['retry-after']).toBe('60')
})

test.each([
  [{}],
  [{ clientId: 'admin' }],
  [{ clientSecret: SECRET }],
  [{ code: 'x', clientId: 'admin', clientSecret: SECRET }],
  [{ code: '' }],
  [{ code: 5 }],
  [{ code: 'x', more: true }],
  [{ code: 'x'.repeat(300) }],
])('the body %j is 400', async (body) => {
  await using app = await open()
  const answer = await signIn(app, body)
  expect(answer.statusCode).toBe(400)
  expect(answer.cookies).toEqual([])
})

test.each([
  ['POST', 'https://evil.example'],
  ['POST', 'null'],
  ['DELETE', 'https://evil.example'],
  ['DELETE', 'http://localhost:9999'],
] as const)('%s from the page of %s is 403', async (method, origin) => {
  await using app = await open()
  const code = await app.test.identity.newSignInCode('admin')
  const { value } = cookieOf(await signIn(app, { clientId: 'admin', clientSecret: SECRET }))
  const headers = { host: 'localhost:8787', origin, cookie: `routemeter_session=${value}` }
  const answer = await app.inject({ method, url: URL, headers, ...(method === 'POST' ? { payload: { code } } : {}) })
  expect(answer.statusCode).toBe(403)
  expect(answer.cookies).toEqual([])
  await app.test.authenticate({ session: value })
  expect((await signIn(app, { code })).statusCode).toBe(200)
})

test('a program without an Origin may sign in too', async () => {
  await using app = await open()
  expect((await signIn(app, { clientId: 'admin', clientSecret: SECRET }, {})).statusCode).toBe(200)
})

test('signing out ends the session and takes the cookie back, once and again', async () => {
  await using app = await open()
  const { value } = cookieOf(await signIn(app, { clientId: 'admin', clientSecret: SECRET }))
  const headers = { ...OWN, cookie: `routemeter_session=${value}` }
  for (const sent of [headers, headers, OWN]) {
    const answer = await app.inject({ method: 'DELETE', url: URL, headers: sent })
    expect(answer.statusCode).toBe(204)
    expect(answer.body).toBe('')
    expect(cookieOf(answer)).toMatchObject({ name: 'routemeter_session', value: '', path: '/', expires: new Date(0) })
  }
  expect((await app.inject({ url: '/api/v2/tokens/me', headers })).statusCode).toBe(401)
})

test('a session survives a restart and ends after twelve hours', async () => {
  await using app = await open()
  const { value } = cookieOf(await signIn(app, { clientId: 'admin', clientSecret: SECRET }))
  const me = async () =>
    (await app.inject({ url: '/api/v2/tokens/me', headers: { cookie: `routemeter_session=${value}` } })).statusCode
  await app.restart()
  app.test.clock.now += 12 * 60 * 60_000 - 1
  expect(await me()).toBe(200)
  app.test.clock.now += 1
  expect(await me()).toBe(401)
})
