import { expect, test } from 'vitest'
import { TestIssuer } from '../identity/outside/test-issuer.ts'
import type { HttpSettings } from './api.ts'
import { TestIdentityApp } from './test-identity-app.ts'

const ME = '/api/v2/tokens/me'

async function open(settings: Partial<HttpSettings> = {}) {
  const issuer = await TestIssuer.open()
  const app = await TestIdentityApp.open(settings, [issuer.trusted()])
  await app.test.addClient('acme', 'admin')
  return {
    issuer,
    app,
    headers: async (claims = {}) => ({ authorization: `Bearer ${await issuer.token(app.test.clock.now, claims)}` }),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await issuer[Symbol.asyncDispose]()
    },
  }
}

test('tokens/me tells of an outside token whose client is not registered here', async () => {
  await using outside = await open()
  const acme = { id: 'acme', name: 'The acme' }
  const answer = await outside.app.inject({ url: ME, headers: await outside.headers() })
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({
    organization: acme,
    homeOrganization: acme,
    authorizedScope: [],
    OAuthClient: {
      id: 'outsider',
      name: 'outsider',
      authorizedGrantType: 'CLIENT-CREDENTIALS',
      scope: [],
      state: 'active',
      organization: acme,
    },
  })
})

test('tokens/me tells the name and dates of a client that is registered here', async () => {
  await using outside = await open()
  await outside.app.test.addClient('acme', 'outsider')
  const answer = await outside.app.inject({ url: ME, headers: await outside.headers() })
  expect(answer.json().OAuthClient).toMatchObject({
    id: 'outsider',
    name: 'The outsider',
    dateCreated: '2026-11-23T12:00:00.000Z',
  })
})

test('DELETE tokens/me ends an outside token here, after a restart too', async () => {
  await using outside = await open()
  const headers = await outside.headers()
  expect((await outside.app.inject({ method: 'DELETE', url: ME, headers })).statusCode).toBe(200)
  expect((await outside.app.inject({ url: ME, headers })).json()).toMatchObject({ code: 'bad.credentials' })
  await outside.app.restart()
  expect((await outside.app.inject({ url: ME, headers })).statusCode).toBe(401)
  expect((await outside.app.inject({ url: ME, headers: await outside.headers({ jti: '2' }) })).statusCode).toBe(200)
})

test('an operation needs its permissions of an outside token like of any other', async () => {
  await using outside = await open()
  const answer = await outside.app.inject({ url: '/v1/ingest-keys', headers: await outside.headers() })
  expect([answer.statusCode, answer.json().code]).toEqual([403, 'missing.any.permissions'])
})

test('each outside token has a rate limit of its own', async () => {
  await using outside = await open({ rateLimitPerMinute: 2 })
  const [one, other] = [await outside.headers({ jti: '1' }), await outside.headers({ jti: '2' })]
  const statuses: number[] = []
  for (const headers of [one, one, one, other]) {
    statuses.push((await outside.app.inject({ url: ME, headers })).statusCode)
  }
  expect(statuses).toEqual([200, 200, 429, 200])
})

test('an issuer that cannot be reached is 503 with Retry-After, a garbled token 401; no log line has a token', async () => {
  await using outside = await open()
  outside.issuer.pages.delete('/jwks')
  const headers = await outside.headers()
  const answer = await outside.app.inject({ url: ME, headers })
  expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
    503,
    'service.unavailable',
    '5',
  ])
  const garbled = await outside.app.inject({ url: ME, headers: { authorization: 'Bearer a.b.c' } })
  expect([garbled.statusCode, garbled.json().code]).toEqual([401, 'bad.credentials'])
  expect(outside.app.log).toContain('service.unavailable')
  for (const part of headers.authorization.slice('Bearer '.length).split('.')) {
    expect(outside.app.log + outside.app.test.logged.join()).not.toContain(part)
  }
})
