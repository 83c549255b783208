import { expect, test } from 'vitest'
import { ORGANIZATION_PERMISSIONS } from '../../domain/permissions.ts'
import { findClientById } from '../../metadata/clients.ts'
import { TestIdentityApp } from '../test-identity-app.ts'

const URL = '/v1/organizations'
type Headers = Record<string, string>

const make = (app: TestIdentityApp, headers: Headers, payload: object) =>
  app.inject({ method: 'POST', url: URL, headers, payload })

test('an organization is made with its own administrator, who is no platform administrator', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('platform', ['platform:admin'])
  const answer = await make(app, headers, { name: 'Acme', id: 'acme' })
  expect(answer.statusCode, answer.body).toBe(201)
  const { client } = answer.json()
  expect(answer.json()).toEqual({
    id: 'acme',
    name: 'Acme',
    client: { id: client.id, name: 'Acme administrator', secret: client.secret },
  })
  const stored = await findClientById(app.test.metadata.database, client.id)
  expect(stored).toMatchObject({
    organizationId: 'acme',
    permissions: ORGANIZATION_PERMISSIONS,
    createdBy: 'platform-client',
  })
  const own = { authorization: `Bearer ${await app.test.token(client.id, client.secret)}` }
  expect((await app.inject({ url: '/api/v2/tokens/me', headers: own })).json().organization.id).toBe('acme')
  expect((await app.inject({ url: URL, headers: own })).statusCode).toBe(403)
  expect(app.test.metadata.bytes().includes(client.secret)).toBe(false)
  expect(app.log).not.toContain(client.secret)
})

test('organizations are listed, oldest first, and found by id', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('platform', ['platform:admin'])
  app.test.clock.now += 1500
  const { id } = (await make(app, headers, { name: 'Ünïcode & Söhne' })).json()
  const made = { id, name: 'Ünïcode & Söhne', dateCreated: '2026-11-23T12:00:01.500Z' }
  const platform = { id: 'platform', name: 'The platform', dateCreated: '2026-11-23T12:00:00.000Z' }
  expect((await app.inject({ url: URL, headers })).json()).toEqual({ entities: [platform, made] })
  expect((await app.inject({ url: `${URL}/${id}`, headers })).json()).toEqual(made)
})

test('a taken id is 409 and changes nothing', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('platform', ['platform:admin'])
  const answer = await make(app, headers, { name: 'Other', id: 'platform' })
  expect(answer.statusCode).toBe(409)
  expect(answer.json()).toMatchObject({ code: 'conflict', messageParams: { id: 'platform' } })
  expect((await app.inject({ url: URL, headers })).json().entities).toHaveLength(1)
})

test.each([
  [{ id: 'acme' }, '[name]'],
  [{ name: '' }, '[name]'],
  [{ name: '  ' }, '[name]'],
  [{ name: 7 }, '[name]'],
  [{ name: 'x'.repeat(257) }, '[name]'],
  [{ name: 'Acme', id: '' }, '[id]'],
  [{ name: 'Acme', id: 'a b' }, 'A-Z, a-z, 0-9'],
  [{ name: 'Acme', id: 'a/b' }, '[a/b]'],
  [{ name: 'Acme', id: 'é' }, '[id]'],
  [{ name: 'Acme', id: 'x'.repeat(65) }, '1 to 64'],
  [{ name: 'Acme', permissions: [] }, '[permissions]'],
])('the body %j is 400 and names what is wrong', async (body, words) => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('platform', ['platform:admin'])
  const answer = await make(app, headers, body)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().message).toContain(words)
  expect((await app.inject({ url: URL, headers })).json().entities).toHaveLength(1)
})

test('the longest id and name are taken', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('platform', ['platform:admin'])
  const body = { name: '😀'.repeat(256), id: `Az09._-${'x'.repeat(57)}` }
  expect((await make(app, headers, body)).json()).toMatchObject(body)
})

test('a deleted organization is gone: its usage is erased, its tokens and keys are dead', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('platform', ['platform:admin'])
  const { client } = (await make(app, headers, { name: 'Acme', id: 'acme' })).json()
  const own = { authorization: `Bearer ${await app.test.token(client.id, client.secret)}` }
  const made = await app.inject({ method: 'POST', url: '/v1/ingest-keys', headers: own, payload: { name: 'Kong' } })
  const answer = await app.inject({ method: 'DELETE', url: `${URL}/acme`, headers })
  expect(answer.statusCode).toBe(204)
  expect(answer.body).toBe('')
  expect(app.erased).toEqual(['acme'])
  for (const dead of [own, { 'x-api-key': made.json().key }]) {
    expect((await app.inject({ url: '/api/v2/tokens/me', headers: dead })).statusCode).toBe(401)
  }
  for (const method of ['GET', 'DELETE'] as const) {
    const again = await app.inject({ method, url: `${URL}/acme`, headers })
    expect(again.statusCode).toBe(404)
    expect(again.json()).toMatchObject({ code: 'not.found', messageParams: { id: 'acme' } })
  }
  expect((await app.inject({ url: URL, headers })).json().entities).toHaveLength(1)
})

test('one’s own organization cannot be deleted', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('platform', ['platform:admin'])
  const answer = await app.inject({ method: 'DELETE', url: `${URL}/platform`, headers })
  expect(answer.statusCode).toBe(409)
  expect(answer.json().message).toContain('your own')
  expect(app.erased).toEqual([])
  expect((await app.inject({ url: URL, headers })).statusCode).toBe(200)
})

test('nobody but the platform’s administrator lists, reads, makes or deletes organizations', async () => {
  await using app = await TestIdentityApp.open()
  await app.headersOf('platform', ['platform:admin'])
  const headers = await app.headersOf('acme', ORGANIZATION_PERMISSIONS)
  for (const [method, url] of [
    ['GET', URL],
    ['GET', `${URL}/acme`],
    ['GET', `${URL}/platform`],
    ['GET', `${URL}/nobody`],
    ['POST', URL],
    ['DELETE', `${URL}/platform`],
    ['DELETE', `${URL}/acme`],
  ] as const) {
    const answer = await app.inject({
      method,
      url,
      headers,
      ...(method === 'POST' ? { payload: { name: 'Mine' } } : {}),
    })
    expect(answer.statusCode, `${method} ${url}`).toBe(403)
    expect(answer.json().message).toContain('platform:admin')
  }
  expect(app.erased).toEqual([])
})
