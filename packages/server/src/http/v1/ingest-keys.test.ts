import { expect, test } from 'vitest'
import type { Permission } from '../../domain/permissions.ts'
import { TestIdentityApp } from '../test-identity-app.ts'

const URL = '/v1/ingest-keys'
const ALL: readonly Permission[] = ['oauth:client:view', 'oauth:client:add', 'oauth:client:delete', 'usage:event:add']

const make = (app: TestIdentityApp, headers: Record<string, string>, payload: object) =>
  app.inject({ method: 'POST', url: URL, headers, payload })

test('a key is made, told once, listed without itself, and dead when it is deleted', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('acme', ALL)
  const answer = await make(app, headers, { name: 'Kong, Frankfurt' })
  expect(answer.statusCode, answer.body).toBe(201)
  const { id, key } = answer.json()
  expect(answer.json()).toEqual({ id, name: 'Kong, Frankfurt', kind: 'header', key, anyOrganization: false })
  expect(key).toMatch(/^rmk_[A-Za-z0-9_-]{43}$/)
  const list = await app.inject({ url: URL, headers })
  const dateCreated = '2026-11-23T12:00:00.000Z'
  expect(list.json()).toEqual({
    entities: [{ id, name: 'Kong, Frankfurt', kind: 'header', anyOrganization: false, dateCreated }],
  })
  expect(app.test.metadata.bytes().includes(key)).toBe(false)
  expect(app.log).not.toContain(key)

  await app.restart()
  expect(await app.test.authenticate({ apiKey: key })).toMatchObject({ kind: 'ingest-key', organizationId: 'acme' })
  const deleted = await app.inject({ method: 'DELETE', url: `${URL}/${id}`, headers })
  expect(deleted.statusCode).toBe(204)
  expect(deleted.body).toBe('')
  await expect(app.test.authenticate({ apiKey: key })).rejects.toMatchObject({ code: 'bad.credentials' })
  const again = await app.inject({ method: 'DELETE', url: `${URL}/${id}`, headers })
  expect(again.statusCode).toBe(404)
  expect((await app.inject({ url: URL, headers })).json()).toEqual({ entities: [] })
})

test('a key reads nothing, in whichever header it comes', async () => {
  await using app = await TestIdentityApp.open()
  const { key } = (await make(app, await app.headersOf('acme', ALL), { name: 'Kong' })).json()
  const basic = Buffer.from(`kong:${key}`).toString('base64')
  for (const headers of [
    { authorization: `Bearer ${key}` },
    { authorization: `Basic ${basic}` },
    { 'x-api-key': key },
  ]) {
    for (const [method, url] of [
      ['GET', URL],
      ['POST', URL],
      ['GET', '/v1/organizations'],
      ['GET', '/api/v2/tokens/me'],
    ] as const) {
      const answer = await app.inject({
        method,
        url,
        headers,
        ...(method === 'POST' ? { payload: { name: 'x' } } : {}),
      })
      expect(answer.statusCode, `${method} ${url}`).toBe(403)
    }
  }
})

test('one organization neither sees nor ends another’s key', async () => {
  await using app = await TestIdentityApp.open()
  const { id, key } = (await make(app, await app.headersOf('acme', ALL), { name: 'Kong' })).json()
  const headers = await app.headersOf('beta', ALL)
  expect((await app.inject({ url: URL, headers })).json()).toEqual({ entities: [] })
  const answer = await app.inject({ method: 'DELETE', url: `${URL}/${id}`, headers })
  expect(answer.statusCode).toBe(404)
  expect(answer.json().code).toBe('not.found')
  expect((await app.test.authenticate({ apiKey: key })).organizationId).toBe('acme')
})

test.each([
  ['POST', ['oauth:client:view', 'oauth:client:edit', 'oauth:client:delete', 'usage:event:add'], 'oauth:client:add'],
  ['POST', ['oauth:client:view', 'oauth:client:add', 'oauth:client:delete'], 'usage:event:add'],
  ['GET', ['oauth:client:add', 'oauth:client:delete', 'usage:event:add'], 'oauth:client:view'],
  ['DELETE', ['oauth:client:view', 'oauth:client:add', 'usage:event:add'], 'oauth:client:delete'],
] as ['POST' | 'GET' | 'DELETE', Permission[], Permission][])(
  '%s with %j is 403 and names %s',
  async (method, held, missing) => {
    await using app = await TestIdentityApp.open()
    const headers = await app.headersOf('acme', held)
    const url = method === 'DELETE' ? `${URL}/some-key` : URL
    const answer = await app.inject({
      method,
      url,
      headers,
      ...(method === 'POST' ? { payload: { name: 'Kong' } } : {}),
    })
    expect(answer.statusCode).toBe(403)
    expect(answer.json()).toMatchObject({ code: 'missing.any.permissions', message: expect.stringContaining(missing) })
  },
)

test('a key for any organization is the platform administrator’s to make', async () => {
  await using app = await TestIdentityApp.open()
  const refused = await make(app, await app.headersOf('acme', ALL), { name: 'Kong', anyOrganization: true })
  expect(refused.statusCode).toBe(403)
  expect(refused.json().message).toContain('platform:admin')
  const headers = await app.headersOf('platform', ['platform:admin'])
  const answer = await make(app, headers, { name: 'Kong', anyOrganization: true })
  expect(answer.json()).toMatchObject({ anyOrganization: true })
  expect(await app.test.authenticate({ apiKey: answer.json().key })).toMatchObject({ anyOrganization: true })
  expect((await app.inject({ url: URL, headers })).json().entities).toMatchObject([{ anyOrganization: true }])
})

test.each([
  [{}, 'name'],
  [{ name: '' }, 'name'],
  [{ name: 'Kong', anyOrganization: 'yes' }, 'anyOrganization'],
  [{ name: 'Kong', kind: 'kong' }, 'kind'],
  [{ name: 'Kong', type: 'apitally' }, 'type'],
  [[], 'body'],
])('the body %j is 400 and names what is wrong', async (body, field) => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('acme', ALL)
  const answer = await make(app, headers, body)
  expect(answer.statusCode, answer.body).toBe(400)
  expect(answer.json().message).toContain(field)
  expect((await app.inject({ url: URL, headers })).json()).toEqual({ entities: [] })
})
