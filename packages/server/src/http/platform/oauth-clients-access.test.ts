import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ALL_PERMISSIONS, ORGANIZATION_PERMISSIONS, type Permission } from '../../domain/permissions.ts'
import { type Answer, TestIdentityApp } from '../test-identity-app.ts'

const URL = '/api/v2/oauth/clients'
const REQUEST = { name: 'Mine now', authorizedGrantType: 'CLIENT-CREDENTIALS' }
type Headers = Record<string, string>

/** Every operation on one client. */
const OPERATIONS = {
  GET: (id: string) => ({ method: 'GET', url: `${URL}/${id}` }),
  PUT: (id: string) => ({ method: 'PUT', url: `${URL}/${id}`, payload: REQUEST }),
  DELETE: (id: string) => ({ method: 'DELETE', url: `${URL}/${id}` }),
  secret: (id: string) => ({ method: 'POST', url: `${URL}/${id}/secret` }),
} as const

const told = (answer: Answer, id: string) => {
  const { contextId: _, ...body } = answer.json()
  return [answer.statusCode, JSON.parse(JSON.stringify(body).replaceAll(id, 'ID'))]
}

test('another organization’s client is like one that never was, for every operation', async () => {
  await using app = await TestIdentityApp.open()
  const theirs = await app.test.addClient('beta', 'their-client')
  const headers = await app.headersOf('acme', ALL_PERMISSIONS)
  for (const operation of Object.values(OPERATIONS)) {
    const answers = []
    for (const id of ['their-client', 'never-there']) {
      answers.push(told(await app.inject({ ...operation(id), headers }), id))
    }
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]?.[0]).toBe(404)
  }
  expect((await app.inject({ url: URL, headers })).json()).toMatchObject({
    total: 1,
    entities: [{ id: 'acme-client' }],
  })
  const { database } = app.test.metadata
  const row = await database
    .selectFrom('client')
    .select(['name', 'secretHash'])
    .where('id', '=', 'their-client')
    .execute()
  expect(row).toEqual([{ name: theirs.name, secretHash: theirs.secretHash }])
})

test.each([
  ['GET', 'oauth:client:view'],
  ['PUT', 'oauth:client:edit'],
  ['secret', 'oauth:client:edit'],
  ['DELETE', 'oauth:client:delete'],
] as const)('%s needs %s, and no ingest key will do', async (name, needed) => {
  await using app = await TestIdentityApp.open()
  await app.test.addClient('acme', 'target', [])
  const others = ALL_PERMISSIONS.filter((permission) => permission !== needed && permission !== 'platform:admin')
  const refused = await app.inject({ ...OPERATIONS[name]('target'), headers: await app.headersOf('acme', others) })
  expect([refused.statusCode, refused.json().code]).toEqual([403, 'missing.any.permissions'])
  expect(refused.json().message).toContain(`[${needed}]`)
  const maker = await app.headersOf('acme', ['oauth:client:add', 'usage:event:add'], 'key-maker')
  const key = await app.inject({ method: 'POST', url: '/v1/ingest-keys', headers: maker, payload: { name: 'Kong' } })
  const byKey = await app.inject({ ...OPERATIONS[name]('target'), headers: { 'x-api-key': key.json().key } })
  expect([byKey.statusCode, byKey.json().code]).toEqual([403, 'not.authorized'])
  const headers = await app.headersOf('acme', [needed], 'allowed')
  const allowed = await app.inject({ ...OPERATIONS[name]('target'), headers })
  expect(allowed.statusCode, allowed.body).toBeLessThan(300)
})

const make = (app: TestIdentityApp, headers: Headers, more: object) =>
  app.inject({ method: 'POST', url: URL, headers, payload: { ...REQUEST, ...more } })

test('nobody makes a client that may more than they may, and is told what is missing', async () => {
  await using app = await TestIdentityApp.open()
  const held: readonly Permission[] = ['oauth:client:add', 'usage:client:view']
  const headers = await app.headersOf('acme', held)
  const refused = await make(app, headers, { permissions: ['usage:client:view', 'usage:event:add', 'platform:admin'] })
  expect(refused.statusCode).toBe(403)
  expect(refused.json().message).toContain('[usage:event:add, platform:admin]')
  expect((await make(app, headers, { permissions: held })).json().permissions).toEqual(held)
})

test('the organization’s last client that can edit clients cannot take itself out', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('acme', ORGANIZATION_PERMISSIONS, 'boss')
  const attempts = [
    { method: 'DELETE', url: `${URL}/boss` },
    { method: 'PUT', url: `${URL}/boss`, payload: { ...REQUEST, state: 'disabled' } },
    { method: 'PUT', url: `${URL}/boss`, payload: { ...REQUEST, permissions: ['oauth:client:view'] } },
  ] as const
  for (const attempt of attempts) {
    const answer = await app.inject({ ...attempt, headers })
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'conflict'])
    expect(answer.json().message).toContain('[boss]')
  }
  const second = (await make(app, headers, { permissions: ORGANIZATION_PERMISSIONS })).json()
  expect((await app.inject({ method: 'DELETE', url: `${URL}/boss`, headers })).statusCode).toBe(204)
  const own = { authorization: `Bearer ${await app.test.token(second.id, second.secret)}` }
  expect((await app.inject({ method: 'DELETE', url: second.selfUri, headers: own })).statusCode).toBe(409)
})

test('an id is the platform administrator’s to choose, and a taken one is a conflict', async () => {
  await using app = await TestIdentityApp.open()
  await app.test.addClient('beta', 'theirs')
  const refused = await make(app, await app.headersOf('acme', ORGANIZATION_PERMISSIONS), { id: 'chosen' })
  expect(refused.statusCode).toBe(403)
  expect(refused.json().message).toContain('platform:admin')
  const headers = await app.headersOf('platform', ['platform:admin'])
  expect((await make(app, headers, { id: 'chosen' })).json()).toMatchObject({ id: 'chosen', selfUri: `${URL}/chosen` })
  for (const id of ['chosen', 'theirs']) {
    const taken = await make(app, headers, { id })
    expect([taken.statusCode, taken.json().code]).toEqual([409, 'conflict'])
  }
  expect((await make(app, headers, { id: 'x'.repeat(257) })).statusCode).toBe(400)
})

test('any string that an event’s clientId may be can be a client’s id', async () => {
  await using app = await TestIdentityApp.open({ maxBodyBytes: 1 << 20 })
  const headers = await app.headersOf('platform', ['platform:admin'])
  // A path's dot segments are gone before the request is sent, and no request may have a NUL or half a surrogate pair.
  const ids = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 60 })
    .filter((id) => id.isWellFormed() && !/^\.\.?$|\0/.test(id))
  const seen = new Set(['platform-client'])
  await fc.assert(
    fc.asyncProperty(ids, async (id) => {
      fc.pre(!seen.has(id.toWellFormed()))
      seen.add(id.toWellFormed())
      const made = (await make(app, headers, { id })).json()
      expect(made.id).toBe(id.toWellFormed())
      const found = await app.inject({ url: made.selfUri, headers })
      expect(found.json()).toMatchObject({ id: id.toWellFormed(), selfUri: made.selfUri })
      const deleted = await app.inject({ method: 'DELETE', url: made.selfUri, headers })
      expect(deleted.statusCode).toBe(204)
    }),
    { numRuns: 40, examples: [['a/b?c#d%2f'], ['🙂'.repeat(60)], [' '], ['secret']] },
  )
})

test('who made a client from outside, or is gone, is not named', async () => {
  await using app = await TestIdentityApp.open()
  const platform = await app.headersOf('platform', ['platform:admin'])
  const payload = { id: 'acme', name: 'Acme' }
  const made = await app.inject({ method: 'POST', url: '/v1/organizations', headers: platform, payload })
  const { client } = made.json()
  const headers = { authorization: `Bearer ${await app.test.token(client.id, client.secret)}` }
  const shown = (await app.inject({ url: `${URL}/${client.id}`, headers })).json()
  expect(shown).toMatchObject({ id: client.id })
  expect(Object.keys(shown)).not.toContain('createdBy')
  const child = (await make(app, headers, { permissions: ORGANIZATION_PERMISSIONS })).json()
  expect(child.createdBy.id).toBe(client.id)
  expect((await app.inject({ method: 'DELETE', url: `${URL}/${client.id}`, headers })).statusCode).toBe(204)
  const own = { authorization: `Bearer ${await app.test.token(child.id, child.secret)}` }
  expect(Object.keys((await app.inject({ url: child.selfUri, headers: own })).json())).not.toContain('createdBy')
})
