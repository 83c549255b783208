import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestServer } from '../../test-server.ts'
import { recount, type SentEvent, someEvents } from './sent-events.ts'

const DAY_MS = 86_400_000
const ROAMER = '/api/v2/oauth/clients/roamer/usage/query'
const NOVEMBER = { interval: '2026-11/2026-11' }
const FROM = Date.UTC(2026, 10, 2)

/** Where the client `roamer` of acme calls, and who says so. */
const ROAMER_IN = {
  acme: someEvents(120, FROM, { organizationId: 'acme', clientId: 'roamer' }),
  reported: someEvents(80, FROM, { organizationId: 'reported', clientId: 'roamer', clientName: 'seen' }),
  put: someEvents(60, FROM, { organizationId: 'put', clientId: 'roamer', clientName: 'said' }),
  claimed: someEvents(50, FROM, { organizationId: 'claimed', clientId: 'roamer', clientName: 'Roamer' }),
} satisfies Record<string, SentEvent[]>
const OTHERS = ['acme', 'reported', 'put'].flatMap((organizationId) =>
  someEvents(40, FROM, { organizationId, clientId: 'another', clientName: 'Another' }),
)
/** What acme sees of it: its registered name wherever it is authorized. */
const SEEN: readonly SentEvent[] = [...ROAMER_IN.acme, ...ROAMER_IN.reported, ...ROAMER_IN.put].map((event) => ({
  ...event,
  clientName: 'The roamer',
}))

let server: TestServer
beforeAll(async () => {
  server = await TestServer.open()
  for (const id of ['acme', 'reported', 'put', 'claimed']) await server.addOrganization(id)
  await server.addClient('acme', { id: 'roamer', name: 'The roamer' })
  await server.addClient('reported', { id: 'foreign', name: 'Foreign' })
  await server.send('acme', ROAMER_IN.acme)
  await server.send('platform', ROAMER_IN.reported)
  await server.send('put', ROAMER_IN.put)
  await server.send('claimed', ROAMER_IN.claimed)
  for (const organizationId of ['acme', 'reported', 'put']) {
    await server.send(
      organizationId,
      OTHERS.filter((event) => event.organizationId === organizationId),
    )
  }
  const put = await server.call('platform', 'PUT', '/v1/authorized-clients/roamer', { organizationId: 'put' })
  expect(put.status).toBe(200)
})
afterAll(() => server[Symbol.asyncDispose]())

const ask = (query: object) => server.ask('acme', ROAMER, { ...NOVEMBER, ...query })

describe('a client’s owner sees its calls in every organization where it is authorized, exactly', () => {
  test('by client when nothing is said, under its registered name, and none of what was claimed', async () => {
    const rows = await ask({})
    expect(rows).toEqual(recount(SEEN, { groupBy: ['clientId', 'clientName'] }))
    expect(rows).toMatchObject([{ clientId: 'roamer', clientName: 'The roamer', requests: 260 }])
  })

  test.each([
    ['OAuthClientId', ['clientId', 'clientName']],
    ['OrganizationId', ['organizationId']],
    ['UserId', ['userId']],
    ['TemplateUri', ['templateUri']],
    ['HttpMethod', ['httpMethod']],
  ])('by %s, and by that and the organization', async (word, groupBy) => {
    expect(await ask({ groupBy: [word] })).toEqual(recount(SEEN, { groupBy }))
    const both = recount(SEEN, { groupBy: [...groupBy, 'organizationId'], granularity: 'Day' })
    expect(await ask({ groupBy: ['OrganizationId', word], granularity: 'Day' })).toEqual(both)
  })

  test.each(['Day', 'Week', 'Month'] as const)('by everything and the %s', async (granularity) => {
    const groupBy = ['OAuthClientId', 'OrganizationId', 'UserId', 'TemplateUri', 'HttpMethod']
    const everything = ['clientId', 'clientName', 'organizationId', 'userId', 'templateUri', 'httpMethod']
    expect(await ask({ groupBy, granularity })).toEqual(recount(SEEN, { groupBy: everything, granularity }))
  })

  test.each([
    ['Status200', 'status200'],
    ['Status300', 'status300'],
    ['Status400', 'status400'],
    ['Status500', 'status500'],
    ['Status429', 'status429'],
    ['Requests', 'requests'],
  ])('%s alone', async (word, metric) => {
    const expected = recount(SEEN, { groupBy: ['templateUri'], metrics: [metric] })
    expect(await ask({ groupBy: ['TemplateUri'], metrics: [word] })).toEqual(expected)
  })

  test('within an interval, to the day', async () => {
    const events = SEEN.filter(({ time }) => time >= '2026-11-04' && time < '2026-11-07')
    const rows = await server.ask('acme', ROAMER, { interval: '2026-11-04/2026-11-06', granularity: 'Day' })
    expect(rows).toEqual(recount(events, { groupBy: ['clientId', 'clientName'], granularity: 'Day' }))
    expect(rows).toHaveLength(3)
  })
})

describe('whose numbers they are', () => {
  test('each organization sees all calls made in it, by whomever, and no others', async () => {
    for (const [organizationId, events] of Object.entries(ROAMER_IN)) {
      const made = [...events, ...OTHERS.filter((event) => event.organizationId === organizationId)]
      const rows = await server.ask(organizationId, '/api/v2/usage/query', { ...NOVEMBER, groupBy: ['OrganizationId'] })
      expect(rows).toEqual(recount(made, { groupBy: ['organizationId'] }))
    }
  })

  test('a client that is another’s, and one that never was, are the same 404 at every door', async () => {
    const { executionId } = (await server.call('acme', 'POST', ROAMER, NOVEMBER)).json<{ executionId: string }>()
    const bodies = []
    for (const [who, clientId] of [
      ['acme', 'foreign'],
      ['acme', 'never'],
      ['acme', 'another'],
      ['acme', '%27%20OR%201=1'],
      ['acme', 'ü'.repeat(256)],
      ['acme', 'x'.repeat(257)],
      ['reported', 'roamer'],
      ['claimed', 'roamer'],
    ]) {
      const path = `/api/v2/oauth/clients/${clientId}/usage`
      for (const answer of [
        await server.call(String(who), 'POST', `${path}/query`, NOVEMBER),
        await server.call(String(who), 'GET', `${path}/summary`),
        await server.call(String(who), 'GET', `${path}/query/results/${executionId}`),
      ]) {
        expect(answer.status).toBe(404)
        bodies.push({ ...answer.json(), contextId: '' })
      }
    }
    for (const body of bodies) expect(body).toEqual(bodies[0])
    expect(bodies[0]).toMatchObject({ code: 'not.found', status: 404 })
  })

  test('a result is read with its own client and operation alone', async () => {
    await server.addClient('acme', { id: 'second', name: 'Second' })
    const [ofRoamer = '', ofAcme = ''] = [
      await server.submit('acme', ROAMER, NOVEMBER),
      await server.submit('acme', '/api/v2/usage/query', NOVEMBER),
    ]
    const id = ofRoamer.split('/').at(-1)
    expect(ofRoamer).toBe(`${ROAMER}/results/${id}`)
    expect((await server.call('acme', 'GET', ofRoamer)).status).toBe(200)
    for (const path of [
      `/api/v2/oauth/clients/second/usage/query/results/${id}`,
      `/api/v2/usage/query/${id}/results`,
      `/api/v2/usage/simplesearch/${id}/results`,
      `${ROAMER}/results/${ofAcme.split('/').at(-2)}`,
      `${ROAMER}/results/not-an-id`,
    ]) {
      expect((await server.call('acme', 'GET', path)).status).toBe(404)
    }
    for (const who of ['reported', 'put', 'platform'])
      expect((await server.call(who, 'GET', ofRoamer)).status).toBe(404)
  })

  test('one of two permissions is enough, and who has neither is told both', async () => {
    for (const permission of ['oauth:client:view', 'usage:client:view'] as const) {
      await server.addClient('acme', { id: permission, name: permission, permissions: [permission] })
      await server.addCaller(permission, permission)
      expect(await server.ask(permission, ROAMER, NOVEMBER)).toHaveLength(1)
      expect(await server.ask(permission, '/api/v2/oauth/clients/roamer/usage/summary')).toEqual([])
    }
    const permissions = ['usage:organization:view', 'usage:simpleSearch:view', 'usage:event:add'] as const
    await server.addClient('acme', { id: 'limited', name: 'Limited', permissions })
    await server.addCaller('limited', 'limited')
    for (const answer of [
      await server.call('limited', 'POST', ROAMER, NOVEMBER),
      await server.call('limited', 'GET', '/api/v2/oauth/clients/roamer/usage/summary'),
      await server.call('limited', 'GET', `${ROAMER}/results/00000000-0000-4000-8000-000000000000`),
    ]) {
      expect(answer.status).toBe(403)
      expect(answer.text).toContain('[oauth:client:view, usage:client:view]')
    }
  })

  test('an id that has to be escaped in a path comes back escaped', async () => {
    const id = 'a/b?c=ü%'
    await server.addClient('acme', { id, name: 'Odd' })
    await server.send('acme', someEvents(3, FROM, { organizationId: 'acme', clientId: id }))
    const path = `/api/v2/oauth/clients/${encodeURIComponent(id)}/usage/query`
    expect(await server.submit('acme', path, NOVEMBER)).toContain(`${path}/results/`)
    expect(await server.ask('acme', path, NOVEMBER)).toMatchObject([{ clientId: id, clientName: 'Odd', requests: 3 }])
  })
})

describe('how a client query may be written', () => {
  const plain = {
    ...NOVEMBER,
    granularity: 'Day',
    groupBy: ['OAuthClientId', 'TemplateUri', 'UserId'],
    metrics: ['Requests'],
  }

  test.each([
    [
      'names in any case',
      { granularity: 'DAY', groupBy: ['OauthClientId', 'TemplateURI', 'userid'], metrics: ['requestS'] },
    ],
    ['names twice, in another order', { groupBy: ['UserId', 'UserId', 'TemplateUri', 'OAuthClientId'] }],
    ['fields that nobody knows', { filters: { clientId: ['another'] }, organizationIds: ['claimed'], sortBy: 7 }],
  ])('%s', async (_what, differences) => {
    expect(await ask({ ...plain, ...differences })).toEqual(await ask(plain))
  })

  test.each([
    ['empty', { granularity: '', groupBy: [], metrics: [] }],
    ['null', { granularity: null, groupBy: null, metrics: null }],
  ])('what is %s is not given', async (_what, query) => {
    expect(await ask(query)).toEqual(await ask({}))
  })

  test.each([
    [{}, 'bad.request', /\[interval\]/],
    [{ interval: 'soon' }, 'invalid.date', /soon.*2020-02-01\/2020-02-28/],
    [{ ...NOVEMBER, granularity: 'Hour' }, 'invalid.value', /\[Hour\].*\[granularity\].*Day, Week, Month/],
    [{ ...NOVEMBER, groupBy: ['Platform'] }, 'invalid.value', /\[Platform\].*\[groupBy\[0\]\].*OrganizationId/],
    [{ ...NOVEMBER, metrics: ['outdated_sdk_version'] }, 'invalid.value', /\[outdated_sdk_version\].*Status429/],
  ])('%j is 400 %s and says what is allowed', async (query, code, message) => {
    const answer = await server.call('acme', 'POST', ROAMER, query)
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({ code, status: 400 })
    expect(answer.json().message).toMatch(message)
  })
})

describe('a client’s summary', () => {
  const SUMMARY = '/api/v2/oauth/clients/roamer/usage/summary'
  const NOW = Date.UTC(2026, 10, 23, 12)
  const atEdges = [
    ['2026-11-15T23:59:59.999Z', 8],
    ['2026-11-16T00:00:00.000Z', 7],
    ['2026-11-22T00:00:00.000Z', 1],
    ['2026-11-23T12:00:00.000Z', 1],
    ['2025-11-23T00:00:00.000Z', 365],
    ['2025-11-22T23:59:59.000Z', 366],
  ] as const
  const recent: SentEvent[] = atEdges.map(([time]) => ({
    time,
    organizationId: 'reported',
    clientId: 'roamer',
    userId: '',
    method: 'GET',
    templateUri: 'api/v2/recent',
    status: 200,
  }))
  beforeAll(() => server.send('reported', recent))

  test.each([
    ['', 7],
    ['?days=', 7],
    ['?days=7&unknown=1', 7],
    ['?days=1', 1],
    ['?days=30', 30],
    ['?days=365', 365],
  ])('of %j is by day, from the UTC day so long ago up to now', async (search, days) => {
    const first = new Date(Math.floor(NOW / DAY_MS) * DAY_MS - days * DAY_MS).toISOString()
    const named = recent.map((event) => ({ ...event, clientName: 'The roamer' }))
    const events = [...SEEN, ...named].filter(({ time }) => time >= first)
    const rows = await server.ask('acme', `${SUMMARY}${search}`)
    expect(rows).toEqual(recount(events, { groupBy: ['clientId', 'clientName'], granularity: 'Day' }))
  })

  test('is answered by the client query’s results', async () => {
    const answer = await server.call('acme', 'GET', SUMMARY)
    expect(answer.status).toBe(202)
    const { executionId } = answer.json()
    expect(answer.json()).toEqual({ executionId, resultsUri: `${ROAMER}/results/${executionId}` })
  })

  test.each(['0', '366', '-1', '1.5', 'week', '1e2', '07', '7%20', '999999999999'])(
    'of %j days is 400',
    async (days) => {
      const answer = await server.call('acme', 'GET', `${SUMMARY}?days=${days}`)
      expect(answer.status).toBe(400)
      expect(answer.json()).toMatchObject({ code: 'invalid.query.param.value', messageParams: { field: 'days' } })
      expect(answer.json().message).toMatch(/1 to 365/)
    },
  )
})
