import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { TestIdentityApp } from '../test-identity-app.ts'

const ME = '/api/v2/users/me'
const ADA = { issuer: 'https://login.example.com', subject: 'ada@example.com', organizationId: 'acme' }

test('a person is shown in the platform’s words, and keeps their id under a new name', async () => {
  await using app = await TestIdentityApp.open()
  await app.test.addClient('acme', 'admin')
  const me = async (name: string, subject = ADA.subject) => {
    const session = await app.test.identity.startSession({ ...ADA, subject, name, permissions: [] })
    const answer = await app.inject({ url: ME, headers: { cookie: `routemeter_session=${session}` } })
    expect(answer.statusCode, answer.body).toBe(200)
    return answer.json()
  }
  const ada = await me('Ada')
  expect(ada).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    name: 'Ada',
    username: 'ada@example.com',
    state: 'active',
    version: 1,
    selfUri: `/api/v2/users/${ada.id}`,
  })
  const hash = createHash('sha256').update('["https://login.example.com","ada@example.com"]').digest('hex')
  expect(ada.id.slice(0, 13)).toBe(`${hash.slice(0, 8)}-${hash.slice(8, 12)}`)
  expect(await me('Ada Lovelace')).toEqual({ ...ada, name: 'Ada Lovelace' })
  expect((await me('Ada', 'another')).id).not.toBe(ada.id)
})

test('a token of the client credentials grant speaks for nobody: 400', async () => {
  await using app = await TestIdentityApp.open()
  const answer = await app.inject({ url: ME, headers: await app.headersOf('acme', ['platform:admin']) })
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({ code: 'bad.request', status: 400 })
  expect(answer.json().message).toMatch(/^This request requires a user context/)
})

test('without a token it is 401', async () => {
  await using app = await TestIdentityApp.open()
  expect((await app.inject({ url: ME })).statusCode).toBe(401)
})

test('a person without a client has a token of their organization alone', async () => {
  await using app = await TestIdentityApp.open()
  await app.test.addClient('acme', 'admin')
  const session = await app.test.identity.startSession({ ...ADA, name: 'Ada', permissions: [] })
  const headers = { cookie: `routemeter_session=${session}` }
  const organization = { id: 'acme', name: 'The acme' }
  expect((await app.inject({ url: '/api/v2/tokens/me', headers })).json()).toEqual({
    organization,
    homeOrganization: organization,
    authorizedScope: [],
  })
  expect((await app.inject({ url: '/', headers })).body).toContain('You are signed in as Ada.')
})
