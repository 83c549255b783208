import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { anEvent as aCall } from '../../domain/an-event.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import type { Permission } from '../../domain/permissions.ts'
import type { UsageEvent } from '../../domain/usage-event.ts'
import { newClient } from '../../identity/clients.ts'
import { createIdentity } from '../../identity/identity.ts'
import { restoreScope } from '../../identity/scopes.ts'
import { hashRandomSecret } from '../../identity/secrets.ts'
import { addClient, registeredNames } from '../../metadata/clients.ts'
import { type MetadataDatabase, openMetadata } from '../../metadata/database.ts'
import { addOrganization } from '../../metadata/organizations.ts'
import { addToken } from '../../metadata/tokens.ts'
import { createExecutions } from '../../query/execution-engine.ts'
import { ObservedStore } from '../../query/observed-store.ts'
import { commitEvents } from '../../store/commit-events.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import type { UsageStore } from '../../store/usage-store.ts'
import { createTemplateResolver } from '../../templates/template-resolver.ts'
import { createApp } from '../app.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const folder = mkdtempSync(join(tmpdir(), 'routemeter-usage-query-'))
let metadata: MetadataDatabase
let store: UsageStore
let observed: ObservedStore
let executions: ReturnType<typeof createExecutions>
let app: FastifyInstance

beforeAll(async () => {
  metadata = await openMetadata(join(folder, 'metadata.sqlite'))
  store = await openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => NOW, log: SILENT_LOG })
  observed = new ObservedStore(store)
  executions = createExecutions({
    metadata,
    store: observed,
    clientNamesFor: async ({ organizationIds }) =>
      registeredNames(metadata, organizationIds, await store.authorizedClients(organizationIds)),
    restoreScope,
    now: () => NOW,
    log: SILENT_LOG,
    limits: {
      maxConcurrentExecutions: 2,
      resultHours: 24,
      maxQueuedPerOrganization: 3,
      maxKeptBytesPerOrganization: 1 << 30,
      timeoutMs: 600_000,
    },
  })
  const notHere = () => Promise.reject(new Error('not here'))
  const parts = {
    store,
    ingest: {
      settled: async () => {},
      accept: notHere,
      acceptFully: notHere,
      [Symbol.asyncDispose]: async () => {},
    },
    executions,
    queries: { answer: notHere },
    parquet: { write: () => ReadableStream.from([]) },
    identity: createIdentity({ metadata, now: () => NOW, log: SILENT_LOG }),
    resolver: createTemplateResolver({ templatesOf: async () => [] }),
    metadata,
    settings: {
      rateLimitPerMinute: 0,
      organizationRateLimitPerMinute: 0,
      eventRateLimitPerMinute: 0,
      maxBodyBytes: 16 << 20,
      maxRouteTemplates: 20_000,
      maxLiveStreams: 50,
      trustProxy: false,
      publicUrl: undefined,
      corsOrigins: [],
    },
    version: '0.0.0',
    now: () => NOW,
    isReady: () => true,
  }
  app = await createApp(parts, { log: pino({ level: 'silent' }) })
  await addCaller('acme', ['oauth:client:view'])
  await addCaller('other', ['usage:organization:view'])
  await addCaller('feb', ['usage:organization:view'])
  await addCaller('outsider', ['usage:client:view', 'usage:simpleSearch:view', 'usage:event:add'])
})
afterEach(() => observed.release())
afterAll(async () => {
  await app.close()
  await executions[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  await metadata.destroy()
  rmSync(folder, { recursive: true })
})

/** An organization with one client, whose token is `token-` and the organization's id. */
async function addCaller(organizationId: string, permissions: readonly Permission[]): Promise<void> {
  await addOrganization(metadata, { id: organizationId, name: organizationId, createdAt: NOW })
  const id = `client-of-${organizationId}`
  const given = {
    id,
    organizationId,
    name: `Client of ${organizationId}`,
    permissions,
    secretHash: null,
    createdBy: '',
  }
  await addClient(metadata, newClient(given, NOW))
  const hash = hashRandomSecret(`token-${organizationId}`)
  await addToken(metadata, { hash, kind: 'access', clientId: id, createdAt: NOW, expiresAt: NOW + 3_600_000 })
}

function call(organizationId: string, request: InjectOptions) {
  const authorization = `Bearer token-${organizationId}`
  return app.inject({ ...request, headers: { authorization, 'content-type': 'application/json', ...request.headers } })
}

const post = (organizationId: string, payload: InjectOptions['payload']) =>
  call(organizationId, { method: 'POST', url: '/api/v2/usage/query', payload })

const get = (organizationId: string, url: string) => call(organizationId, { method: 'GET', url })

/** Posts a query, lets it run and gets its result. */
async function ask(organizationId: string, query: object) {
  const posted = await post(organizationId, query)
  expect(posted.statusCode, posted.body).toBe(202)
  await executions.idle()
  const answer = await get(organizationId, posted.json().resultsUri)
  expect(answer.statusCode).toBe(200)
  return answer
}

const anEvent = (differences: Partial<UsageEvent>) => aCall({ clientId: 'client-of-acme', ...differences })

describe('the usage query, byte for byte', () => {
  beforeAll(async () => {
    await commitEvents(store, [
      anEvent({ time: Date.UTC(2026, 8, 30, 23, 59, 59, 999), userId: 'u' }),
      anEvent({ time: Date.UTC(2026, 9, 1), status: 429, httpMethod: 'POST' }),
      anEvent({ time: Date.UTC(2026, 9, 4, 23, 59), status: 301, clientId: 'c2', clientName: 'Says "hi"' }),
      anEvent({ time: Date.UTC(2026, 9, 5), status: 500, clientId: '' }),
      anEvent({ time: Date.UTC(2026, 9, 5), organizationId: 'other' }),
    ])
  })

  test('is taken with an id and where its result will be', async () => {
    const answer = await post('acme', { interval: '2026-10/2026-10' })
    const { executionId } = answer.json()
    expect(executionId).toMatch(UUID)
    expect(answer.statusCode).toBe(202)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.body).toBe(
      `{"executionId":"${executionId}","resultsUri":"/api/v2/usage/query/${executionId}/results"}`,
    )
    await executions.idle()
  })

  test('is Running while it waits and while it runs', async () => {
    observed.hold()
    const uris = []
    for (let index = 0; index < 3; index += 1)
      uris.push((await post('acme', { interval: '2026-10/2026-10' })).json().resultsUri)
    for (const uri of uris) {
      const answer = await get('acme', uri)
      expect(answer.statusCode).toBe(200)
      expect(answer.headers['content-type']).toBe('application/json')
      expect(answer.body).toBe('{"queryStatus":"Running"}')
    }
    observed.release()
    await executions.idle()
  })

  test('is Complete by client with the six metrics and no date when nothing but the interval is given', async () => {
    const answer = await ask('acme', { interval: '2026-10-01/2026-10-31' })
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.body).toBe(
      '{"results":[' +
        '{"clientId":"","clientName":"","organizationId":"","userId":"","templateUri":"","httpMethod":"","status200":0,"status300":0,"status400":0,"status500":1,"status429":0,"requests":1},' +
        '{"clientId":"c2","clientName":"Says \\"hi\\"","organizationId":"","userId":"","templateUri":"","httpMethod":"","status200":0,"status300":1,"status400":0,"status500":0,"status429":0,"requests":1},' +
        '{"clientId":"client-of-acme","clientName":"Client of acme","organizationId":"","userId":"","templateUri":"","httpMethod":"","status200":0,"status300":0,"status400":1,"status500":0,"status429":1,"requests":1}' +
        '],"queryStatus":"Complete"}',
    )
  })

  test('dates a week that begins before the interval with its Monday, and takes only what is inside', async () => {
    const answer = await ask('acme', {
      interval: '2026-10-01T00:00:00Z/2026-10-05T12:00:00Z',
      granularity: 'Week',
      groupBy: ['OrganizationId', 'HttpMethod'],
      metrics: ['Requests', 'Status429'],
    })
    expect(answer.body).toBe(
      '{"results":[' +
        '{"clientId":"","clientName":"","organizationId":"acme","userId":"","templateUri":"","httpMethod":"GET","status429":0,"requests":1,"date":"2026-09-28T00:00:00Z"},' +
        '{"clientId":"","clientName":"","organizationId":"acme","userId":"","templateUri":"","httpMethod":"POST","status429":1,"requests":1,"date":"2026-09-28T00:00:00Z"},' +
        '{"clientId":"","clientName":"","organizationId":"acme","userId":"","templateUri":"","httpMethod":"GET","status429":0,"requests":1,"date":"2026-10-05T00:00:00Z"}' +
        '],"queryStatus":"Complete"}',
    )
  })

  test('is Complete without rows where nobody called', async () => {
    expect((await ask('acme', { interval: '2019/2019' })).body).toBe('{"results":[],"queryStatus":"Complete"}')
  })

  test('is Failed and nothing more after two attempts', async () => {
    observed.failures.push(new Error('SELECT secret FROM /var/lib'), new Error('SELECT secret FROM /var/lib'))
    expect((await ask('acme', { interval: '2026-10/2026-10' })).body).toBe('{"queryStatus":"Failed"}')
  })

  test('answers the same when more is counted afterwards', async () => {
    const query = { interval: '2026-11-01/2026-11-02', groupBy: ['UserId'], granularity: 'Month' }
    const posted = await post('acme', query)
    await executions.idle()
    const before = (await get('acme', posted.json().resultsUri)).body
    await commitEvents(store, [anEvent({ time: Date.UTC(2026, 10, 1), userId: 'later' })])
    expect((await get('acme', posted.json().resultsUri)).body).toBe(before)
    expect((await ask('acme', query)).json().results).toMatchObject([{ userId: 'later', date: '2026-11-01T00:00:00Z' }])
  })
})

describe('whose result it is', () => {
  test('an unknown id, one that is none, and another organization’s are the same 404', async () => {
    const { resultsUri } = (await post('acme', { interval: '2026-10/2026-10' })).json()
    await executions.idle()
    expect((await get('acme', resultsUri)).statusCode).toBe(200)
    const bodies = []
    for (const uri of [
      resultsUri,
      '/api/v2/usage/query/00000000-0000-4000-8000-000000000000/results',
      '/api/v2/usage/query/not-an-id/results',
      `/api/v2/usage/query/${'9'.repeat(500)}/results`,
      '/api/v2/usage/query/%27%20OR%201=1/results',
    ]) {
      const answer = await get('other', uri)
      expect(answer.statusCode).toBe(404)
      bodies.push({ ...answer.json(), contextId: '' })
    }
    expect(bodies[0]).toMatchObject({ code: 'not.found', status: 404 })
    for (const body of bodies) expect(body).toEqual(bodies[0])
  })

  test('counts only calls made in the caller’s own organization', async () => {
    const { results } = (await ask('other', { interval: '2026-10/2026-10', groupBy: ['OrganizationId'] })).json()
    expect(results).toMatchObject([{ organizationId: 'other', requests: 1 }])
  })

  test('takes one of two permissions, and names both to those who have neither', async () => {
    for (const allowed of ['acme', 'other'])
      expect((await post(allowed, { interval: '2026-10/2026-10' })).statusCode).toBe(202)
    await executions.idle()
    for (const answer of [
      await post('outsider', { interval: '2026-10/2026-10' }),
      await get('outsider', '/api/v2/usage/query/00000000-0000-4000-8000-000000000000/results'),
    ]) {
      expect(answer.statusCode).toBe(403)
      expect(answer.json()).toMatchObject({ code: 'missing.any.permissions' })
      expect(answer.json().message).toContain('oauth:client:view, usage:organization:view')
    }
    const nobody = await app.inject({
      method: 'POST',
      url: '/api/v2/usage/query',
      payload: { interval: '2026-10/2026-10' },
    })
    expect(nobody.statusCode).toBe(401)
  })

  test('past its share of waiting queries an organization gets 429 with Retry-After', async () => {
    observed.hold()
    const statuses = []
    for (let index = 0; index < 6; index += 1) {
      const answer = await post('acme', { interval: '2026-10/2026-10' })
      statuses.push(answer.statusCode)
      if (answer.statusCode !== 429) continue
      expect(answer.headers['retry-after']).toBe('10')
      expect(answer.json().code).toBe('too.many.requests')
    }
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429])
    observed.release()
    await executions.idle()
  })
})

describe('how a query may be written', () => {
  const plain = {
    interval: '2026-10/2026-10',
    granularity: 'Day',
    groupBy: ['OAuthClientId', 'TemplateUri'],
    metrics: ['Requests'],
  }

  test.each([
    [
      'names in any case',
      { ...plain, granularity: 'dAY', groupBy: ['OauthClientId', 'TemplateURI'], metrics: ['REQUESTS'] },
    ],
    ['names twice', { ...plain, groupBy: [...plain.groupBy, ...plain.groupBy], metrics: ['Requests', 'requests'] }],
    ['names in another order', { ...plain, groupBy: plain.groupBy.toReversed() }],
    ['fields that nobody knows', { ...plain, filters: { platforms: ['x'] }, sortBy: 7 }],
  ])('%s', async (_what, query) => {
    expect((await ask('acme', query)).body).toBe((await ask('acme', plain)).body)
  })

  test.each([
    ['empty', { interval: '2026-10/2026-10', granularity: '', groupBy: [], metrics: [] }],
    ['null', { interval: '2026-10/2026-10', granularity: null, groupBy: null, metrics: null }],
  ])('what is %s is not given', async (_what, query) => {
    expect((await ask('acme', query)).body).toBe((await ask('acme', { interval: '2026-10/2026-10' })).body)
  })

  test.each([
    ['no body', undefined, /interval/],
    ['null', 'null', /interval/],
    ['a list', '[]', /interval/],
    ['a list of something', '[1]', /body/],
    ['a text', '"2026"', /body/],
    ['no interval', '{}', /interval/],
    ['a null interval', '{"interval":null}', /interval/],
    ['an interval that is a number', '{"interval":2026}', /interval/],
    ['an empty interval', '{"interval":""}', /interval/],
    ['an interval that is none', '{"interval":"yesterday"}', /yesterday/],
    ['an interval that ends before it starts', '{"interval":"2026-10-02/2026-10-01"}', /2026-10-02\/2026-10-01/],
    ['an unknown granularity', '{"interval":"2026/2026","granularity":"Hour"}', /Hour.*Day.*Week.*Month/],
    ['a granularity that is a list', '{"interval":"2026/2026","granularity":["Day"]}', /granularity/],
    ['an unknown dimension', '{"interval":"2026/2026","groupBy":["Platform"]}', /Platform.*OAuthClientId.*HttpMethod/],
    [
      'a sentinel of an old SDK',
      '{"interval":"2026/2026","metrics":["outdated_sdk_version"]}',
      /outdated_sdk_version.*Status200/,
    ],
    ['metrics that are an object', '{"interval":"2026/2026","metrics":{}}', /metrics/],
    ['groupBy of numbers', '{"interval":"2026/2026","groupBy":[1]}', /groupBy/],
    ['what is no JSON', '{"interval":', /JSON/],
  ])('%s is the caller’s mistake, and is told so', async (_what, payload, message) => {
    const answer = await post('acme', payload)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ status: 400, errors: [] })
    expect(answer.json().message).toMatch(message)
  })
})

describe('February 2020', () => {
  interface Row {
    clientId: string
    clientName: string
    templateUri: string
    date: string
    requests: number
    status200: number
    status400: number
    status500: number
  }
  const real = JSON.parse(readFileSync(new URL('../../demo/feb2020.json', import.meta.url), 'utf8')).results as Row[]

  test('1,130 single calls come back as the platform’s own 128 rows, field by field', async () => {
    const calls = real.flatMap((row) => {
      const statuses = [
        ...Array.from({ length: row.status200 }, (_, index) => 200 + (index % 7)),
        ...Array.from({ length: row.status400 }, (_, index) => [400, 404, 403, 409][index % 4] ?? 400),
        ...Array.from({ length: row.status500 }, (_, index) => 500 + (index % 4)),
      ]
      return statuses.map((status, index) =>
        anEvent({
          id: `${row.clientId} ${row.templateUri} ${row.date} ${index}`,
          organizationId: 'feb',
          // From the first millisecond of the day to the last.
          time: Date.parse(row.date) + Math.floor((index * 86_399_999) / Math.max(1, statuses.length - 1)),
          clientId: row.clientId,
          clientName: row.clientName,
          templateUri: row.templateUri,
          status,
        }),
      )
    })
    expect(calls).toHaveLength(1130)
    await commitEvents(
      store,
      calls.toSorted((a, b) => (a.time % 7919) - (b.time % 7919)),
    )
    const answer = await ask('feb', {
      interval: '2020-02-01/2020-02-28',
      granularity: 'Day',
      groupBy: ['TemplateUri', 'OAuthClientId'],
      metrics: ['Status200', 'Status300', 'Status400', 'Status500', 'Status429', 'Requests'],
    })
    const keys = ['date', 'clientId', 'templateUri'] as const
    const ordered = real.toSorted((a, b) => {
      const key = keys.find((name) => a[name] !== b[name]) ?? 'date'
      return a[key] < b[key] ? -1 : 1
    })
    expect(ordered).toHaveLength(128)
    expect(answer.body).toBe(JSON.stringify({ results: ordered, queryStatus: 'Complete' }))
  })
})

describe('a large result', () => {
  test('comes whole, in pieces, and in order', async () => {
    const users = Array.from({ length: 7_500 }, (_, index) => `user-${String(index).padStart(5, '0')}`)
    await commitEvents(
      store,
      users.map((userId) => anEvent({ organizationId: 'other', time: Date.UTC(2025, 0, 1), userId })),
    )
    const answer = await ask('other', { interval: '2025/2025', groupBy: ['UserId'], metrics: ['Requests'] })
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.headers['content-length']).toBeUndefined()
    const { results } = answer.json() as { results: { userId: string; requests: number }[] }
    expect(results.map(({ userId, requests }) => [userId, requests])).toEqual(users.map((userId) => [userId, 1]))
  })

  test('that is damaged where it begins is a 500 that says nothing', async () => {
    const posted = await post('other', { interval: '2025/2025', groupBy: ['UserId'] })
    await executions.idle()
    await metadata.deleteFrom('executionRows').where('executionId', '=', posted.json().executionId).execute()
    const answer = await get('other', posted.json().resultsUri)
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toContain(posted.json().executionId)
  })
})
