import { expect, test } from 'vitest'
import { TestIdentityApp } from '../test-identity-app.ts'

const ME = '/api/v2/tokens/me'
type Method = 'GET' | 'HEAD' | 'DELETE'
const METHODS: readonly Method[] = ['GET', 'HEAD', 'DELETE']

test('GET tells whose token it is, in the platform’s words', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('acme', [])
  const answer = await app.inject({ url: ME, headers })
  expect(answer.statusCode).toBe(200)
  const acme = { id: 'acme', name: 'The acme' }
  expect(answer.json()).toEqual({
    organization: acme,
    homeOrganization: acme,
    authorizedScope: [],
    OAuthClient: {
      id: 'acme-client',
      name: 'The acme-client',
      dateCreated: '2026-11-23T12:00:00.000Z',
      dateModified: '2026-11-23T12:00:00.000Z',
      authorizedGrantType: 'CLIENT-CREDENTIALS',
      scope: [],
      state: 'active',
      organization: acme,
    },
  })
})

test('HEAD says by its status alone that the token is good', async () => {
  await using app = await TestIdentityApp.open()
  const answer = await app.inject({ method: 'HEAD', url: ME, headers: await app.headersOf('acme', []) })
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toBe('')
})

test('DELETE answers 200 without a body, and the token is dead, after a restart too; another one lives', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('acme', [])
  const other = { authorization: `Bearer ${await app.test.token('acme-client')}` }
  const answer = await app.inject({ method: 'DELETE', url: ME, headers })
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toBe('')
  for (const method of METHODS) {
    const dead = await app.inject({ method, url: ME, headers })
    expect(dead.statusCode).toBe(401)
  }
  await app.restart()
  expect((await app.inject({ url: ME, headers })).json()).toMatchObject({ code: 'bad.credentials' })
  expect((await app.inject({ url: ME, headers: other })).statusCode).toBe(200)
})

test('what official SDKs send along is no error', async () => {
  await using app = await TestIdentityApp.open()
  const headers = { ...(await app.headersOf('acme', [])), 'content-type': 'application/json' }
  expect((await app.inject({ url: ME, headers })).statusCode).toBe(200)
  expect((await app.inject({ method: 'DELETE', url: ME, headers, payload: 'null' })).statusCode).toBe(200)
})

test.each(METHODS)('%s without a token is 401, with an ingest key 403', async (method) => {
  await using app = await TestIdentityApp.open()
  expect((await app.inject({ method, url: ME })).statusCode).toBe(401)
  const headers = await app.headersOf('acme', ['oauth:client:add', 'usage:event:add'])
  const made = await app.inject({ method: 'POST', url: '/v1/ingest-keys', headers, payload: { name: 'Kong' } })
  const answer = await app.inject({ method, url: ME, headers: { 'x-api-key': made.json().key } })
  expect(answer.statusCode).toBe(403)
})
