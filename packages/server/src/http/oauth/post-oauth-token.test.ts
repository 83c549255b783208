import { expect, test } from 'vitest'
import { SECRET } from '../../identity/test-identity.ts'
import { type Answer, TestIdentityApp } from '../test-identity-app.ts'

const FORM = 'application/x-www-form-urlencoded'
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

function post(app: TestIdentityApp, payload: string | Buffer | undefined, headers: Record<string, string> = {}) {
  const body = payload === undefined ? {} : { payload }
  return app.inject({ method: 'POST', url: '/oauth/token', ...body, headers: { 'content-type': FORM, ...headers } })
}

async function open(settings = {}): Promise<TestIdentityApp> {
  const app = await TestIdentityApp.open(settings)
  await app.test.addClient('acme', 'admin')
  return app
}

function expectOAuthError(answer: Answer, status: number, error: string): string {
  expect(answer.statusCode, answer.body).toBe(status)
  expect(answer.headers['content-type']).toBe('application/json')
  expect(answer.headers['cache-control']).toContain('no-store')
  const body = answer.json()
  expect(Object.keys(body)).toEqual(['error', 'error_description', 'description'])
  expect(body.error).toBe(error)
  expect(body.description).toBe(body.error_description)
  return body.description
}

test('the answer is the platform’s, byte for byte, and its token works', async () => {
  await using app = await open()
  const answer = await post(app, 'grant_type=client_credentials', basic('admin', SECRET))
  expect(answer.statusCode).toBe(200)
  const { access_token: token } = answer.json()
  expect(token).toMatch(/^rmt_[A-Za-z0-9_-]{43}$/)
  expect(answer.body).toBe(`{"access_token":"${token}","token_type":"bearer","expires_in":86399}`)
  expect(answer.headers['content-type']).toBe('application/json')
  expect(answer.headers['cache-control']).toContain('no-store')
  expect(answer.headers.pragma).toBe('no-cache')
  const me = await app.inject({ url: '/api/v2/tokens/me', headers: { authorization: `Bearer ${token}` } })
  expect(me.statusCode).toBe(200)
})

test('id and secret may stand in the form instead, percent-encoded', async () => {
  await using app = await open()
  const secret = encodeURIComponent(SECRET).replaceAll('%20', '+')
  const answer = await post(app, `grant_type=client_credentials&client_id=%61dmin&client_secret=${secret}`)
  expect(answer.statusCode, answer.body).toBe(200)
})

test('the content type may have a charset, and any case', async () => {
  await using app = await open()
  const headers = { ...basic('admin', SECRET), 'content-type': 'Application/X-WWW-Form-urlencoded; charset=UTF-8' }
  expect((await post(app, 'grant_type=client_credentials', headers)).statusCode).toBe(200)
})

test('a wrong secret and an unknown client are the same 401; who used Basic is told so', async () => {
  await using app = await open()
  const grant = 'grant_type=client_credentials'
  const texts = new Set<string>()
  for (const [id, secret] of [
    ['admin', 'wrong'],
    ['nobody', SECRET],
  ] as const) {
    const byBasic = await post(app, grant, basic(id, secret))
    texts.add(expectOAuthError(byBasic, 401, 'invalid_client'))
    expect(byBasic.headers['www-authenticate']).toMatch(/^Basic /)
    const byForm = await post(app, `${grant}&client_id=${id}&client_secret=${secret}`)
    texts.add(expectOAuthError(byForm, 401, 'invalid_client'))
    expect(byForm.headers['www-authenticate']).toBeUndefined()
  }
  expectOAuthError(await post(app, grant), 401, 'invalid_client')
  expect(texts.size).toBe(1)
})

test.each([
  ['another grant type', 'grant_type=password&username=a&password=b', 'unsupported_grant_type', 'client_credentials'],
  ['no grant type', 'client_id=admin', 'invalid_request', 'grant_type'],
  ['an empty body', '', 'invalid_request', 'grant_type'],
  ['no body', undefined, 'invalid_request', 'grant_type'],
  ['a repeated field', 'grant_type=client_credentials&grant_type=password', 'invalid_request', 'more than once'],
  ['a prototype', '__proto__=1&constructor=2', 'invalid_request', 'grant_type'],
  ['broken percent signs', '%&%zz=%E0%A4%A&=&&', 'invalid_request', 'grant_type'],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x3d, 0x80]), 'invalid_request', 'grant_type'],
] as [string, string | Buffer | undefined, string, string][])('%s is 400', async (_what, body, error, words) => {
  await using app = await open()
  expect(expectOAuthError(await post(app, body, basic('admin', SECRET)), 400, error)).toContain(words)
})

test.each([
  ['application/json', '{"grant_type":"client_credentials"}'],
  ['application/json', '{"grant_type":'],
  ['multipart/form-data; boundary=x', '--x\r\n'],
  ['text/plain', 'grant_type=client_credentials'],
  ['application/octet-stream', 'grant_type=client_credentials'],
  ['nonsense', 'grant_type=client_credentials'],
])('a body of %s is 400 and says what it must be', async (contentType, body) => {
  await using app = await open()
  const answer = await post(app, body, { ...basic('admin', SECRET), 'content-type': contentType })
  const description = expectOAuthError(answer, 400, 'invalid_request')
  expect(description).toContain('application/x-www-form-urlencoded')
  expect(description).toContain(`[${contentType}]`)
})

test('a request without body and Content-Type is 400 and says what it must be', async () => {
  await using app = await open()
  const answer = await app.inject({ method: 'POST', url: '/oauth/token', headers: basic('admin', SECRET) })
  expect(expectOAuthError(answer, 400, 'invalid_request')).toContain('application/x-www-form-urlencoded')
})

test('a form that is too long is refused in OAuth’s form', async () => {
  await using app = await open()
  expectOAuthError(await post(app, `grant_type=${'x'.repeat(20_000)}`), 413, 'invalid_request')
})

test('too many wrong secrets are 429 with the time to wait; from another address the right one works', async () => {
  await using app = await open({ trustProxy: true })
  const from = (address: string, secret: string) =>
    post(app, 'grant_type=client_credentials', { ...basic('admin', secret), 'x-forwarded-for': address })
  for (let attempt = 0; attempt < 10; attempt += 1) expect((await from('6.6.6.6', 'wrong')).statusCode).toBe(401)
  const locked = await from('6.6.6.6', SECRET)
  expect(expectOAuthError(locked, 429, 'temporarily_unavailable')).toContain('[60] seconds')
  expect(locked.headers['retry-after']).toBe('60')
  expect((await from('10.0.0.1', SECRET)).statusCode).toBe(200)
})

test('a failure of ours is 500 in OAuth’s form, is logged, and says nothing of itself', async () => {
  await using app = await open()
  await app.test.metadata.database.schema.dropTable('token').execute()
  const answer = await post(app, 'grant_type=client_credentials', basic('admin', SECRET))
  expect(expectOAuthError(answer, 500, 'server_error')).not.toContain('token')
  expect(app.log).toContain('no such table: token')
})

test('tokens survive a restart; neither they nor the secret stand on disk or in the log', async () => {
  await using app = await open()
  const answer = await post(app, 'grant_type=client_credentials', basic('admin', SECRET))
  const token: string = answer.json().access_token
  await post(app, `grant_type=client_credentials&client_id=admin&client_secret=${encodeURIComponent(SECRET)}`)
  await app.restart()
  const me = await app.inject({ url: '/api/v2/tokens/me', headers: { authorization: `Bearer ${token}` } })
  expect(me.statusCode).toBe(200)
  const bytes = app.test.metadata.bytes()
  for (const secret of [token, SECRET, Buffer.from(`admin:${SECRET}`).toString('base64')]) {
    expect(bytes.includes(secret)).toBe(false)
    expect(app.log).not.toContain(secret)
    expect(app.log).not.toContain(encodeURIComponent(secret))
  }
  expect(bytes.includes(Buffer.from(token.slice('rmt_'.length), 'base64url'))).toBe(false)
})
