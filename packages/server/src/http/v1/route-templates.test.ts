import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { platformTemplates } from '../../demo/platform-templates.ts'
import { TestServer } from '../../test-server.ts'

const URL = '/v1/route-templates'
const NOVEMBER = { interval: '2026-11/2026-11', groupBy: ['TemplateUri'], metrics: ['Requests', 'Status200'] }
const OPENAPI = { openapi: '3.0.3', servers: [{ url: '/api/v2' }], paths: { '/users/{userId}': {}, '/users/me': {} } }

let server: TestServer
let made = 0
let own: string
beforeAll(async () => {
  server = await TestServer.open({ maxRouteTemplates: '2300' })
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  own = `organization-${made++}`
  await server.addOrganization(own)
})

const importAs = (contentType: string, body: string | Buffer, { query = '', who = own, headers = {} } = {}) =>
  server.upload(who, `${URL}${query}`, body, { 'content-type': contentType, ...headers })
const importList = async (text: string) => (await importAs('text/plain', text)).json()
const listed = async (who = own) => {
  const { entities } = (await server.call(who, 'GET', URL)).json<{ entities: { templateUri: string }[] }>()
  return entities.map(({ templateUri }) => templateUri)
}
const aCall = (path: string, more: object = {}) => ({
  time: '2026-11-22T10:00:00Z',
  method: 'GET',
  status: 200,
  path,
  ...more,
})
const callsOf = async (who = own) => {
  const rows = await server.ask(who, '/api/v2/usage/query', NOVEMBER)
  return Object.fromEntries(rows.map(({ templateUri, requests }) => [templateUri, requests]))
}
const unmatched = async (who = own) => {
  const answer = await server.call(who, 'GET', `${URL}/unmatched`)
  return answer.json<{ entities: Record<string, unknown>[]; suggestions: Record<string, unknown>[] }>()
}

describe('importing', () => {
  test('takes OpenAPI as JSON and YAML, lists as text and JSON, and adds what is not there yet', async () => {
    expect((await importAs('application/json', JSON.stringify(OPENAPI))).json()).toEqual({ added: 2, total: 2 })
    const yaml = 'swagger: "2.0"\nbasePath: /api/v2\npaths:\n  /users/me: {}\n  /teams/{teamId}: {}\n'
    expect((await importAs('application/yaml', yaml)).json()).toEqual({ added: 1, total: 3 })
    expect((await importAs('text/yaml; charset=utf-8', yaml)).json()).toEqual({ added: 0, total: 3 })
    expect(await importList('GET /api/v2/teams/:teamId\n/health\n')).toEqual({ added: 1, total: 4 })
    const list = JSON.stringify({ templateUris: ['/files/*'] })
    expect((await importAs('application/json', list)).json()).toEqual({ added: 1, total: 5 })
    expect((await importAs('text/plain', '/x', { query: '?prefix=/gateway' })).json()).toEqual({ added: 1, total: 6 })
    expect(await listed()).toEqual([
      'api/v2/teams/{teamId}',
      'api/v2/users/me',
      'api/v2/users/{userId}',
      'files/{rest+}',
      'gateway/x',
      'health',
    ])
  })

  test('takes 2,206 real ones, compressed, and is in use for the next event', async () => {
    const list = gzipSync(platformTemplates().join('\n'))
    const answer = await importAs('text/plain', list, { headers: { 'content-encoding': 'gzip' } })
    expect(answer.json()).toEqual({ added: 2206, total: 2206 })
    await server.send(own, [aCall('/api/v2/users/4711')])
    expect(await callsOf()).toEqual({ 'api/v2/users/{userId}': 1 })
  })

  test('past what an organization may have adds nothing', async () => {
    await importList('/a')
    const answer = await importAs('text/plain', Array.from({ length: 2_300 }, (_, index) => `/b${index}`).join('\n'))
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'constraint.validation', messageParams: { most: '2300' } })
    expect(await listed()).toEqual(['a'])
  })

  test.each([
    ['application/json', '{"openapi": "3.0.0"', 400, 'bad.request', 'not JSON'],
    ['application/json', '{}', 400, 'constraint.validation', 'no OpenAPI document'],
    ['application/yaml', '- a', 400, 'constraint.validation', 'no OpenAPI document'],
    ['text/plain', '/a\n(overflow)', 400, 'constraint.validation', '(overflow)'],
    ['text/plain', Buffer.from([0xff, 0xfe]), 400, 'bad.request', 'UTF-8'],
    ['text/html', '<p>', 415, 'unsupported.media.type', 'application/yaml'],
    ['text/plain; charset=latin1', '/a', 415, 'unsupported.media.type', 'text/plain'],
    [
      'application/json',
      JSON.stringify({ openapi: '3.0.0', paths: { '/a': { $ref: 'a.yaml' } } }),
      400,
      'constraint.validation',
      'a.yaml',
    ],
  ])('of %s %j is refused', async (contentType, body, status, code, said) => {
    const answer = await importAs(contentType, body)
    expect([answer.status, answer.json().code]).toEqual([status, code])
    expect(answer.json().message).toContain(said)
    expect(await listed()).toEqual([])
  })

  test('without a body, or with a prefix that is none, is refused', async () => {
    expect((await server.call(own, 'POST', URL)).json().message).toContain('no body')
    const answer = await importAs('text/plain', '/a', { query: `?prefix=${'x'.repeat(513)}` })
    expect(answer.json()).toMatchObject({ code: 'invalid.query.param.value', messageParams: { field: 'prefix' } })
  })

  test('is for those who may', async () => {
    await server.addClient(own, { id: `viewer-${own}`, name: 'Viewer', permissions: ['usage:template:view'] })
    await server.addCaller(`viewer-${own}`, `viewer-${own}`)
    expect((await importAs('text/plain', '/a', { who: `viewer-${own}` })).status).toBe(403)
    expect((await server.call(`viewer-${own}`, 'POST', `${URL}/re-resolve`)).status).toBe(403)
    expect((await server.call(`viewer-${own}`, 'DELETE', URL)).status).toBe(403)
    await importList('/a')
    expect(await listed(`viewer-${own}`)).toEqual(['a'])
  })
})

describe('a template', () => {
  test('is removed in any syntax, and the others with all', async () => {
    await importList('/users/:userId\n/a\n/b')
    const remove = (template: string) => server.call(own, 'DELETE', `${URL}/${encodeURIComponent(template)}`)
    expect((await remove('/users/<userId>')).status).toBe(204)
    expect((await remove('users/{userId}')).json()).toMatchObject({ code: 'not.found' })
    await server.send(own, [aCall('/users/x')])
    expect(await callsOf()).toEqual({ 'users/x': 1 })
    expect((await server.call(own, 'DELETE', URL)).json()).toEqual({ removed: 2 })
    expect(await listed()).toEqual([])
  })

  test('is of one organization, whatever another imports, tries or removes', async () => {
    await importList('/users/{userId}')
    await server.addOrganization(`other-${own}`)
    expect(await listed(`other-${own}`)).toEqual([])
    const other = await server.call(`other-${own}`, 'GET', `${URL}/try?path=/users/7`)
    expect(other.json()).toEqual({ path: 'users/7', templateUri: 'users/{id}', matched: false })
    await server.call(`other-${own}`, 'DELETE', URL)
    expect(await listed()).toEqual(['users/{userId}'])
  })

  test('that a path fits can be tried, without anything being counted or kept', async () => {
    await importList('/api/v2/users/{userId}')
    const tried = async (query: string) => (await server.call(own, 'GET', `${URL}/try?${query}`)).json()
    const path = (text: string) => `path=${encodeURIComponent(text)}`
    expect(await tried(path('https://h/api//v2/users/%61?token=x'))).toEqual({
      path: 'api/v2/users/a',
      templateUri: 'api/v2/users/{userId}',
      matched: true,
    })
    expect(await tried(path('/teams/7'))).toEqual({ path: 'teams/7', templateUri: 'teams/{id}', matched: false })
    expect(await tried(`${path('/teams/7')}&status=404`)).toMatchObject({ templateUri: '(unmatched)', matched: false })
    expect(await tried('')).toMatchObject({ code: 'invalid.query.param.value' })
    expect(await unmatched()).toEqual({ entities: [], suggestions: [] })
  })
})

describe('paths that no template fits', () => {
  test('are told with their shape, how often they came, and an example without its query', async () => {
    await importList('/users/{userId}')
    await server.send(own, [
      ...[1, 2, 3].map((id) => aCall(`/teams/${id}/members?token=secret`)),
      aCall('/users/7'),
      aCall('/.env', { status: 404 }),
      aCall('/ignored', { templateUri: 'given' }),
    ])
    const { entities } = await unmatched()
    const seen = new Date(server.clock.now).toISOString()
    const dates = { dateFirstSeen: seen, dateLastSeen: seen }
    expect(entities).toEqual([
      { shape: 'teams/{id}/members', calls: 3, notFound: 0, example: 'teams/1/members', ...dates },
      { shape: '.env', calls: 1, notFound: 1, example: '.env', ...dates },
    ])
    await server.restart()
    expect((await unmatched()).entities).toEqual(entities)
    await importList('/teams/:teamId/members')
    expect((await unmatched()).entities.map(({ shape }) => shape)).toEqual(['.env'])
  })

  test('are told by the threads that read large bodies too', async () => {
    const events = Array.from({ length: 1_000 }, (_, index) => aCall(`/teams/${index}`))
    await server.send(own, events)
    await importList('/teams/{teamId}')
    await server.send(own, events)
    await server.call(own, 'DELETE', URL)
    await server.send(own, [aCall('/teams/x')])
    expect((await unmatched()).entities.map(({ shape, calls }) => [shape, calls])).toEqual([
      ['teams/{id}', 1_000],
      ['teams/x', 1],
    ])
    expect(await callsOf()).toEqual({ 'teams/{id}': 1_000, 'teams/{teamId}': 1_000, 'teams/x': 1 })
  })

  test('with many texts at one place suggest a template, and stay as they are', async () => {
    const names = ['ann', 'bob', 'cleo', 'dan', 'eva', 'finn', 'gus', 'hana', 'ida', 'jon', 'kim']
    await server.send(own, [
      ...names.map((name) => aCall(`/users/${name}/roles`)),
      ...names.map((name) => aCall(`/scan/${name}`, { status: 404 })),
    ])
    expect((await unmatched()).suggestions).toEqual([
      { templateUri: 'users/{userId}/roles', values: 11, examples: ['ann', 'bob', 'cleo'], calls: 11 },
    ])
    expect(Object.keys(await callsOf())).toHaveLength(12)
  })
})

describe('re-resolving', () => {
  const reResolve = async () => (await server.call(own, 'POST', `${URL}/re-resolve`)).json()

  test('moves the counts of whole shapes, and what comes later or again stays right', async () => {
    const events = [1, 2, 3].map((id) => aCall(`/api/v2/users/${id}`, { id: `call-${id}`, durationMs: id }))
    await server.send(own, [
      ...events,
      aCall('/api/v2/users/me'),
      aCall('/api/v2/things/7'),
      aCall('/api/v2/users/9', { status: 404 }),
      aCall('/', { templateUri: 'api/v2/users/{theirOwn}' }),
    ])
    await importAs('application/json', JSON.stringify(OPENAPI))
    expect(await reResolve()).toEqual({
      calls: 3,
      moved: [{ from: 'api/v2/users/{id}', to: 'api/v2/users/{userId}', calls: 3 }],
      left: [],
    })
    const expected = {
      'api/v2/users/{userId}': 3,
      'api/v2/users/me': 1,
      'api/v2/things/{id}': 1,
      '(unmatched)': 1,
      'api/v2/users/{theirOwn}': 1,
    }
    expect(await callsOf()).toEqual(expected)
    expect(await reResolve()).toEqual({ calls: 0, moved: [], left: [] })
    await server.restart()
    await server.send(own, [...events, aCall('/api/v2/users/4', { id: 'call-4' })])
    expect(await callsOf()).toEqual({ ...expected, 'api/v2/users/{userId}': 4 })
  })

  test('leaves a shape of which some paths fit a more literal template', async () => {
    await server.send(own, [aCall('/v/2020-01-01'), aCall('/v/7'), aCall('/w/7')])
    await importList('/v/{version}\n/v/2020-01-01\n/w/{id}')
    expect(await reResolve()).toEqual({ calls: 0, moved: [], left: ['v/{id}'] })
    expect(await callsOf()).toEqual({ 'v/{id}': 2, 'w/{id}': 1 })
  })

  test('beside events that keep coming loses and doubles none', async () => {
    const body = (from: number) =>
      Array.from({ length: 400 }, (_, index) => aCall(`/users/${from + index}`, { id: `call-${from + index}` }))
    const sending = Array.from({ length: 12 }, async (_, turn) => server.send(own, body(turn * 400)))
    await importList('/users/{userId}')
    const moving = [reResolve(), reResolve()]
    await Promise.all([...sending, ...moving])
    await Promise.all([server.send(own, body(0)), reResolve()])
    await reResolve()
    expect(await callsOf()).toEqual({ 'users/{userId}': 4_800 })
  })
})
