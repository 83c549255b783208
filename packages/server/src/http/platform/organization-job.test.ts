import { join } from 'node:path'
import { Value } from 'typebox/value'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { commitEvents } from '../../store/commit-events.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { TEST_NOW } from '../test-app.ts'
import { TestUsageApp } from '../test-usage-app.ts'
import { OrganizationPublicApiUsageResultsResponse } from './schemas/organization-public-api-usage-results-response.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const JOBS = '/api/v2/usage/aggregates/query/jobs'
const OCTOBER = { interval: '2026-10-01/2026-10-31' }

let usage: TestUsageApp

beforeAll(async () => {
  usage = await TestUsageApp.open((folder) =>
    openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => TEST_NOW, log: SILENT_LOG }),
  )
  await usage.addCaller('acme', ['usage:organization:view'])
  await usage.addCaller('other', ['usage:organization:view'])
  await usage.addCaller('outsider', ['oauth:client:view', 'usage:client:view', 'usage:simpleSearch:view'])
  await commitEvents(usage.store, [
    anEvent({ time: Date.UTC(2026, 8, 30, 23, 59, 59, 999) }),
    anEvent({ time: Date.UTC(2026, 9, 1), clientId: 'client-of-acme', userId: 'u', platform: 'web', status: 429 }),
    anEvent({ time: Date.UTC(2026, 9, 4, 23, 59), clientId: 'c2', clientName: 'Says "hi"', status: 301 }),
    anEvent({ time: Date.UTC(2026, 9, 5), clientId: '', httpMethod: 'OPTIONS', templateUri: '(unmatched)' }),
    anEvent({ time: Date.UTC(2026, 9, 5, 1), clientId: '', httpMethod: 'OPTIONS', templateUri: '(unmatched)' }),
    anEvent({ time: Date.UTC(2026, 9, 5), organizationId: 'other', status: 500 }),
  ])
})
afterEach(() => usage.observed.release())
afterAll(() => usage[Symbol.asyncDispose]())

const post = (payload: unknown, organizationId = 'acme') =>
  usage.call(organizationId, { method: 'POST', url: JOBS, payload: JSON.stringify(payload) })
const remove = (url: string, organizationId = 'acme') => usage.call(organizationId, { method: 'DELETE', url })

/** GET; what is answered is what the OpenAPI document says. */
async function get(url: string, organizationId = 'acme') {
  const answer = await usage.call(organizationId, { method: 'GET', url })
  if (answer.statusCode === 200)
    expect([...Value.Errors(OrganizationPublicApiUsageResultsResponse, answer.json())]).toEqual([])
  return answer
}

/** Submits a job; where it is. */
async function submit(body: object, organizationId = 'acme'): Promise<string> {
  const posted = await post(body, organizationId)
  expect(posted.statusCode, posted.body).toBe(202)
  return posted.json().selfUri
}

/** Submits a job and lets it run; the answer to its GET. */
async function ask(body: object, organizationId = 'acme') {
  const uri = await submit(body, organizationId)
  await usage.idle()
  const answer = await get(uri, organizationId)
  expect(answer.statusCode).toBe(200)
  return answer
}

const entitiesOf = async (body: object) => (await ask(body)).json().entities

describe('an organization’s job', () => {
  test('is taken with its id and where it is, all of it relative', async () => {
    const answer = await post(OCTOBER)
    const { id } = answer.json()
    expect(id).toMatch(UUID)
    expect(answer.statusCode).toBe(202)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.body).toBe(`{"id":"${id}","resultsUri":"${JOBS}/${id}","selfUri":"${JOBS}/${id}"}`)
    await usage.idle()
  })

  test('is Queued while another runs, then Running, then Succeeded', async () => {
    usage.observed.hold()
    const first = await submit(OCTOBER)
    const second = await submit(OCTOBER)
    await usage.observed.whenRunning(1)
    expect((await get(first)).body).toBe(`{"queryStatus":"Running","selfUri":"${first}"}`)
    expect((await get(second)).body).toBe(`{"queryStatus":"Queued","selfUri":"${second}"}`)
    usage.observed.release()
    await usage.idle()
    for (const uri of [first, second]) expect((await get(uri)).json()).toMatchObject({ queryStatus: 'Succeeded' })
  })

  test('tells everything apart by day, and leaves out what a call does not have', async () => {
    const answer = await ask(OCTOBER)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.body).toBe(
      '{"queryStatus":"Succeeded","entities":[' +
        '{"date":"2026-10-01","platform":"web","httpMethod":"GET","templateUri":"api/v2/users","requestCount":1,"status200":0,"status300":0,"status400":1,"status429":1,"status500":0,"oauthClient":{"id":"client-of-acme","name":"Client of acme","selfUri":"/api/v2/oauth/clients/client-of-acme"},"user":{"id":"u","selfUri":"/api/v2/users/u"}},' +
        '{"date":"2026-10-04","httpMethod":"GET","templateUri":"api/v2/users","requestCount":1,"status200":0,"status300":1,"status400":0,"status429":0,"status500":0,"oauthClient":{"id":"c2","name":"Says \\"hi\\"","selfUri":"/api/v2/oauth/clients/c2"}},' +
        '{"date":"2026-10-05","httpMethod":"OPTIONS","templateUri":"(unmatched)","requestCount":2,"status200":2,"status300":0,"status400":0,"status429":0,"status500":0}' +
        `],"selfUri":"${answer.json().selfUri}"}`,
    )
  })

  test('dates a week and a month with their first day, and takes only what is inside the interval', async () => {
    await commitEvents(usage.store, [
      anEvent({ time: Date.UTC(2026, 7, 5, 11, 59, 59, 999), platform: 'edge' }),
      anEvent({ time: Date.UTC(2026, 7, 5, 12), platform: 'edge' }),
      anEvent({ time: Date.UTC(2026, 7, 9, 23, 59, 59, 999), platform: 'edge' }),
      anEvent({ time: Date.UTC(2026, 7, 10), platform: 'edge' }),
      anEvent({ time: Date.UTC(2026, 8, 1, 11, 59, 59, 999), platform: 'edge' }),
      anEvent({ time: Date.UTC(2026, 8, 1, 12), platform: 'edge' }),
    ])
    const query = { interval: '2026-08-05T12:00Z/2026-09-01T12:00Z', groupBy: ['Platform'], metrics: ['Requests'] }
    expect(await entitiesOf({ ...query, granularity: 'Week', platforms: ['edge'] })).toEqual([
      { date: '2026-08-03', platform: 'edge', requestCount: 2 },
      { date: '2026-08-10', platform: 'edge', requestCount: 1 },
      { date: '2026-08-31', platform: 'edge', requestCount: 1 },
    ])
    expect(await entitiesOf({ ...query, granularity: 'Month', platforms: ['edge'] })).toEqual([
      { date: '2026-08-01', platform: 'edge', requestCount: 3 },
      { date: '2026-09-01', platform: 'edge', requestCount: 1 },
    ])
  })

  test('is Failed after two attempts, with an error that says nothing of the inside', async () => {
    usage.observed.failures.push(new Error('SELECT secret FROM /var/lib'), new Error('SELECT secret FROM /var/lib'))
    const answer = await ask(OCTOBER)
    const { errorBody, selfUri } = answer.json()
    expect(errorBody).toEqual({
      message: 'The query failed. The server has logged why; it can be submitted again.',
      code: 'internal.server.error',
      status: 500,
      messageWithParams: 'The query failed. The server has logged why; it can be submitted again.',
      messageParams: {},
      contextId: answer.headers['inin-correlation-id'],
      details: [],
      errors: [],
    })
    expect(answer.body).toBe(`{"queryStatus":"Failed","errorBody":${JSON.stringify(errorBody)},"selfUri":"${selfUri}"}`)
  })

  test('counts only calls made in the caller’s own organization', async () => {
    const { entities } = (await ask({ ...OCTOBER, groupBy: ['TemplateUri'] }, 'other')).json()
    expect(entities).toMatchObject([{ requestCount: 1, status500: 1 }])
  })

  test('needs usage:organization:view, for each of its operations', async () => {
    const job = `${JOBS}/00000000-0000-4000-8000-000000000000`
    for (const answer of [await post(OCTOBER, 'outsider'), await get(job, 'outsider'), await remove(job, 'outsider')]) {
      expect(answer.statusCode).toBe(403)
      expect(answer.json()).toMatchObject({ code: 'missing.any.permissions' })
      expect(answer.json().message).toContain('[usage:organization:view]')
    }
  })
})

describe('the pages of a job', () => {
  const users = Array.from({ length: 250 }, (_, index) => `user-${String(index).padStart(3, '0')}`)
  const byUser = { interval: '2026-06-01/2026-06-30', groupBy: ['UserId'], metrics: ['Requests'] }
  let job: string
  beforeAll(async () => {
    await commitEvents(
      usage.store,
      users.map((userId) => anEvent({ time: Date.UTC(2026, 5, 7), userId })),
    )
    job = await submit(byUser)
    await usage.idle()
  })

  /** Every page from one on, as nextUri leads. */
  async function pages(uri: string): Promise<string[]> {
    const bodies: string[] = []
    for (let next: string | undefined = uri; next !== undefined; next = JSON.parse(bodies.at(-1) ?? '').nextUri) {
      const answer = await get(next)
      expect(answer.statusCode, answer.body).toBe(200)
      bodies.push(answer.body)
    }
    return bodies
  }

  const usersOn = (body: string): string[] =>
    JSON.parse(body).entities.map(({ user }: { user: { id: string } }) => user.id)

  test.each([
    ['', [100, 100, 50]],
    ['?pageSize=0', [100, 100, 50]],
    ['?pageSize=', [100, 100, 50]],
    ['?pageSize=125', [125, 125]],
    ['?pageSize=249', [249, 1]],
    ['?pageSize=1000', [250]],
    ['?pageSize=1000&expand=all', [250]],
  ])('of %s have %j entities, each once and in order', async (parameters, lengths) => {
    const bodies = await pages(job + parameters)
    expect(bodies.map((body) => usersOn(body).length)).toEqual(lengths)
    expect(bodies.flatMap(usersOn)).toEqual(users)
    for (const body of bodies.slice(0, -1)) expect(JSON.parse(body).nextUri).toMatch(/^\/api\/v2\/.*[?&]after=/)
    for (const body of bodies) expect(JSON.parse(body).selfUri).toBe(job)
  })

  test('are the same later, when more was counted, and after a restart', async () => {
    const before = await pages(job)
    await commitEvents(usage.store, [anEvent({ time: Date.UTC(2026, 5, 7), userId: 'aaa' })])
    expect(await pages(job)).toEqual(before)
    await usage.restart()
    expect(await pages(job)).toEqual(before)
  })

  test('are refused with a size that is none', async () => {
    for (const pageSize of ['1001', '-1', '1.5', 'many', '1e2']) {
      const answer = await get(`${job}?pageSize=${pageSize}`)
      expect(answer.statusCode).toBe(400)
      expect(answer.json()).toMatchObject({ code: 'invalid.query.param.value' })
      expect(answer.json().message).toMatch(/pageSize.*whole number/)
    }
  })

  test('are refused with a cursor of another job, or of none', async () => {
    const otherJob = await submit(byUser)
    await usage.idle()
    const cursorOf = async (uri: string) => String((await get(uri)).json().nextUri).replace(/^.*after=([^&]+).*$/, '$1')
    const [own, others] = [await cursorOf(job), await cursorOf(otherJob)]
    expect((await get(`${job}?after=${own}`)).statusCode).toBe(200)
    const id = job.split('/').at(-1)
    const past = Buffer.from(`${id}:1000000`).toString('base64url')
    for (const cursor of [others, `${own}x`, own.slice(1), past, '100', '%00', "'%20OR%201=1"]) {
      const answer = await get(`${job}?after=${cursor}`)
      expect(answer.statusCode, cursor).toBe(400)
      expect(answer.json()).toMatchObject({ code: 'invalid.query.param.value', messageParams: { field: 'after' } })
    }
  })
})

describe('cancelling a job', () => {
  /** DELETE, twice: gone, told as Cancelled, and gone again. */
  async function cancelled(uri: string) {
    for (let index = 0; index < 2; index += 1) {
      const answer = await remove(uri)
      expect([answer.statusCode, answer.body]).toEqual([204, ''])
      expect((await get(uri)).body).toBe(`{"queryStatus":"Cancelled","selfUri":"${uri}"}`)
    }
  }

  test('ends one that waits and one that runs, and lets the next one run', async () => {
    usage.observed.hold()
    const running = await submit(OCTOBER)
    await usage.observed.whenRunning(1)
    const queued = await submit(OCTOBER)
    const asked = usage.observed.asked.length
    await cancelled(queued)
    await cancelled(running)
    usage.observed.release()
    await usage.idle()
    for (const uri of [running, queued]) expect((await get(uri)).json()).toMatchObject({ queryStatus: 'Cancelled' })
    expect(usage.observed.asked).toHaveLength(asked)
    expect((await ask(OCTOBER)).json()).toMatchObject({ queryStatus: 'Succeeded' })
  })

  test('frees the result of one that succeeded, and leaves its cursors without one', async () => {
    const uri = await submit(OCTOBER)
    await usage.idle()
    const { nextUri } = (await get(`${uri}?pageSize=1`)).json()
    const id = uri.split('/').at(-1) ?? ''
    const kept = () => usage.metadata.selectFrom('executionRows').selectAll().where('executionId', '=', id).execute()
    expect(await kept()).toHaveLength(1)
    await cancelled(uri)
    expect(await kept()).toHaveLength(0)
    expect((await get(nextUri)).body).toBe(`{"queryStatus":"Cancelled","selfUri":"${uri}"}`)
  })

  test('is told of one that had failed, and after a restart', async () => {
    usage.observed.failures.push(new Error('once'), new Error('twice'))
    const uri = await submit(OCTOBER)
    await usage.idle()
    expect((await get(uri)).json()).toMatchObject({ queryStatus: 'Failed' })
    await cancelled(uri)
    await usage.restart()
    expect((await get(uri)).json()).toMatchObject({ queryStatus: 'Cancelled' })
  })

  test('is the same 404 for another organization’s, another operation’s, one that never was, and what is no id', async () => {
    const job = await submit(OCTOBER)
    await usage.idle()
    const never = `${JOBS}/00000000-0000-4000-8000-000000000000`
    const answers = [await remove(never), await get(never), await remove(job, 'other'), await get(job, 'other')]
    for (const uri of [`${JOBS}/not-an-id`, `${JOBS}/${'9'.repeat(500)}`, `${JOBS}/%27%20OR%201=1`]) {
      answers.push(await remove(uri), await get(uri))
    }
    const id = job.split('/').at(-1)
    await usage.metadata.updateTable('execution').set({ operation: 'usage.query' }).where('id', '=', `${id}`).execute()
    answers.push(await remove(job), await get(job))
    for (const answer of answers) {
      expect(answer.statusCode).toBe(404)
      expect({ ...answer.json(), contextId: '' }).toEqual({ ...answers[0]?.json(), contextId: '' })
    }
  })
})

describe('how a job may be written', () => {
  const plain = {
    ...OCTOBER,
    granularity: 'Month',
    groupBy: ['OauthClientId', 'TemplateUri', 'HttpMethod'],
    metrics: ['Requests', 'Status429'],
    sortBy: [{ fieldName: 'requestCount', order: 'Desc' }],
    httpMethods: ['GET'],
    templateUris: ['api/v2/users'],
  }

  test.each([
    [
      'names in any case',
      {
        ...plain,
        granularity: 'mONTH',
        groupBy: ['OAuthClientId', 'TemplateURI', 'httpmethod'],
        metrics: ['REQUESTS', 'status429'],
        sortBy: [{ fieldName: 'RequestCount', order: 'DESC' }],
        httpMethods: ['get'],
      },
    ],
    ['a metric’s name to sort by', { ...plain, sortBy: [{ fieldName: 'Requests', order: 'Desc' }] }],
    ['a template with its slash', { ...plain, templateUris: ['/api/v2/users'] }],
    ['what is empty', { ...plain, platforms: [], userIds: '', oauthClientIds: null }],
    ['fields that nobody knows', { ...plain, organizationIds: 7, limit: 1 }],
    [
      'names twice',
      { ...plain, metrics: ['Requests', 'Status429', 'Requests'], sortBy: [...plain.sortBy, ...plain.sortBy] },
    ],
  ])('%s', async (_what, body) => {
    expect(await entitiesOf(plain)).toHaveLength(2)
    expect(await entitiesOf(body)).toEqual(await entitiesOf(plain))
  })

  test.each([
    ['empty', ''],
    ['an empty list', []],
    ['null', null],
  ])('what is %s is not given', async (_what, nothing) => {
    const names = ['granularity', 'sortBy', 'metrics', 'groupBy', 'templateUris', 'httpMethods', 'platforms']
    const fields = Object.fromEntries([...names, 'userIds', 'oauthClientIds'].map((name) => [name, nothing]))
    expect(await entitiesOf({ ...OCTOBER, ...fields })).toEqual(await entitiesOf(OCTOBER))
  })

  test.each([
    ['no interval', {}, 'bad.request', /interval/],
    ['an interval that is none', { interval: 'yesterday' }, 'invalid.date', /yesterday/],
    ['an interval too long ago', { interval: '2025-11-01/2025-11-30' }, 'invalid.date', /2025-11-01\/.*a year ago/],
    ['an interval too long', { interval: '2026-06-01/2026-08-31' }, 'invalid.date', /2026-06-01\/2026-08-31.*90 days/],
    [
      'an unknown granularity',
      { ...OCTOBER, granularity: 'Hour' },
      'invalid.value',
      /Hour.*granularity.*Day, Week, Month/,
    ],
    [
      'an unknown metric',
      { ...OCTOBER, metrics: ['outdated_sdk_version'] },
      'invalid.value',
      /metrics\[0\].*Status200/,
    ],
    [
      'a dimension of the client’s',
      { ...OCTOBER, groupBy: ['OrganizationId'] },
      'invalid.value',
      /groupBy\[0\].*Platform/,
    ],
    [
      'a method that is not documented',
      { ...OCTOBER, httpMethods: ['OPTIONS'] },
      'invalid.value',
      /OPTIONS.*httpMethods\[0\].*GET, POST, PUT, PATCH, DELETE, HEAD/,
    ],
    [
      'an unknown field to sort by',
      { ...OCTOBER, sortBy: [{ fieldName: 'clientId', order: 'Asc' }] },
      'invalid.value',
      /clientId.*sortBy\[0\]\.fieldName.*date, platform, .*oauthClientName/,
    ],
    [
      'an unknown order',
      { ...OCTOBER, sortBy: [{ fieldName: 'date', order: 'up' }] },
      'invalid.value',
      /up.*sortBy\[0\]\.order.*Asc, Desc/,
    ],
    ['an order of nothing', { ...OCTOBER, sortBy: [{ order: 'Asc' }] }, 'bad.request', /sortBy\[0\]\.fieldName/],
    ['filters that are one text', { ...OCTOBER, userIds: 'u' }, 'bad.request', /userIds.*a list.*u/],
    ['filters of numbers', { ...OCTOBER, platforms: [1] }, 'bad.request', /platforms\[0\]/],
  ])('%s is the caller’s mistake, and is told so', async (_what, body, code, message) => {
    const answer = await post(body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ status: 400, code })
    expect(answer.json().message).toMatch(message)
  })
})
