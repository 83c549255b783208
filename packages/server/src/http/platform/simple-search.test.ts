import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestServer } from '../../test-server.ts'
import { recount, type SentEvent, someEvents } from './sent-events.ts'

const SEARCH = '/api/v2/usage/simplesearch'
const NOVEMBER = { interval: '2026-11/2026-11' }
const FROM = Date.UTC(2026, 10, 2)
const COUNTS = ['status200', 'status300', 'status400', 'status500', 'status429']

/** Two clients that events call alike, one that is registered under another name, one without any. */
const CLIENTS = [
  { clientId: 'a', clientName: 'Twin' },
  { clientId: 'b', clientName: 'Twin' },
  { clientId: 'registered', clientName: 'outdated' },
  { clientId: 'nameless' },
]
const SENT: readonly SentEvent[] = CLIENTS.flatMap((client) =>
  someEvents(90, FROM, { organizationId: 'acme', ...client }),
)
const EVENTS = SENT.map((event) => (event.clientId === 'registered' ? { ...event, clientName: 'Registered' } : event))

let server: TestServer
beforeAll(async () => {
  server = await TestServer.open()
  for (const id of ['acme', 'other']) await server.addOrganization(id)
  await server.addClient('acme', { id: 'registered', name: 'Registered' })
  await server.send('acme', SENT)
  await server.send('other', someEvents(30, FROM, { organizationId: 'other', clientId: 'a', clientName: 'Twin' }))
})
afterAll(() => server[Symbol.asyncDispose]())

const ask = (query: object) => server.ask('acme', SEARCH, { ...NOVEMBER, ...query })

describe('a simple search', () => {
  const everything = { groupBy: ['clientId', 'clientName', 'templateUri', 'httpMethod'], metrics: COUNTS }

  test('answers all nine columns when nothing is said, and never requests', async () => {
    const rows = await ask({})
    expect(rows).toEqual(recount(EVENTS, { ...everything, granularity: 'Day' }))
    for (const row of rows) expect(row).not.toHaveProperty('requests')
  })

  test('is taken with an id and where its result will be', async () => {
    const answer = await server.call('acme', 'POST', SEARCH, NOVEMBER)
    const { executionId } = answer.json()
    expect(answer.status).toBe(202)
    expect(answer.json()).toEqual({ executionId, resultsUri: `${SEARCH}/${executionId}/results` })
  })

  test.each([
    [['Date'], { groupBy: [], metrics: [], granularity: 'Day' }],
    [['ClientName'], { groupBy: ['clientId', 'clientName'], metrics: [] }],
    [['HttpMethod'], { groupBy: ['httpMethod'], metrics: [] }],
    [['TemplateUri'], { groupBy: ['templateUri'], metrics: [] }],
    [['Status200'], { groupBy: [], metrics: ['status200'] }],
    [['Status300'], { groupBy: [], metrics: ['status300'] }],
    [['Status400'], { groupBy: [], metrics: ['status400'] }],
    [['Status500'], { groupBy: [], metrics: ['status500'] }],
    [['Status429'], { groupBy: [], metrics: ['status429'] }],
    [
      ['Status429', 'TemplateUri', 'Date', 'Status200'],
      { groupBy: ['templateUri'], metrics: ['status200', 'status429'], granularity: 'Day' },
    ],
    [['status500', 'CLIENTNAME', 'ClientName'], { groupBy: ['clientId', 'clientName'], metrics: ['status500'] }],
  ] as const)('with the columns %j has those and no others', async (metrics, question) => {
    expect(await ask({ metrics })).toEqual(recount(EVENTS, question))
  })

  test.each<[object, (event: SentEvent) => boolean]>([
    [{ oauthClientNames: ['Twin'] }, (event) => event.clientName === 'Twin'],
    [{ oauthClientNames: ['Registered'] }, (event) => event.clientId === 'registered'],
    [{ oauthClientNames: ['Twin', 'Registered', 'nobody'] }, (event) => event.clientId !== 'nameless'],
    [{ oauthClientNames: ['outdated'] }, () => false],
    [{ oauthClientNames: ['twin'] }, () => false],
    [{ oauthClientNames: [''] }, (event) => event.clientId === 'nameless'],
    [{ httpMethods: ['GET'] }, (event) => event.method.toUpperCase() === 'GET'],
    [{ httpMethods: ['options', 'Patch'] }, (event) => ['OPTIONS', 'Patch'].includes(event.method)],
    [{ httpMethods: ['TRACE'] }, () => false],
    [{ templateUris: ['api/v2/users'] }, (event) => event.templateUri === '/api/v2/users'],
    [{ templateUris: ['/api/v2/users'] }, (event) => event.templateUri === '/api/v2/users'],
    [{ templateUris: ['/api/v2/users/{userId}'] }, (event) => event.templateUri.endsWith('}')],
    [{ templateUris: ['https://api.example.com/api/v2/users/'] }, (event) => event.templateUri === '/api/v2/users'],
    [{ templateUris: ['/api/v2/users/:userId'] }, (event) => event.templateUri.endsWith('}')],
    [
      { oauthClientNames: ['Twin'], httpMethods: ['POST'], templateUris: ['api/v2/groups', '/api/v2/users'] },
      (event) => event.clientName === 'Twin' && event.method === 'POST' && !event.templateUri.endsWith('}'),
    ],
  ])('of %j finds those calls and no others', async (filters, passes) => {
    expect(await ask(filters)).toEqual(recount(EVENTS.filter(passes), { ...everything, granularity: 'Day' }))
  })

  test.each([
    ['empty', { metrics: [], oauthClientNames: [], httpMethods: [], templateUris: '' }],
    ['null', { metrics: null, oauthClientNames: null, httpMethods: null, templateUris: null }],
    ['unknown', { granularity: 'Month', groupBy: ['UserId'], filters: { userId: ['ann'] }, clientIds: [7] }],
  ])('what is %s is not given', async (_what, query) => {
    expect(await ask(query)).toEqual(await ask({}))
  })

  test.each([
    [{ interval: undefined }, 'bad.request', /\[interval\]/],
    [{ interval: '2026-02-30/2026-03-01' }, 'invalid.date', /2026-02-30/],
    [{ metrics: ['Requests'] }, 'invalid.value', /\[Requests\].*\[metrics\[0\]\].*Date, ClientName.*Status429/],
    [{ httpMethods: ['GET', 'FETCH'] }, 'invalid.value', /\[FETCH\].*\[httpMethods\[1\]\].*GET.*TRACE/],
    [{ oauthClientNames: 'Twin' }, 'bad.request', /\[oauthClientNames\].*a list.*\[Twin\]/],
    [{ templateUris: [7] }, 'bad.request', /\[templateUris\[0\]\].*a string.*\[7\]/],
  ])('%j is 400 %s and says what is allowed', async (query, code, message) => {
    const answer = await server.call('acme', 'POST', SEARCH, { ...NOVEMBER, ...query })
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({ code, status: 400 })
    expect(answer.json().message).toMatch(message)
  })

  test('of texts that nobody would write finds nothing and breaks nothing', async () => {
    for (const odd of ["' OR 1=1 --", '%', '_', '{}', 'x'.repeat(10_000)]) {
      for (const filter of ['oauthClientNames', 'templateUris']) expect(await ask({ [filter]: [odd] })).toEqual([])
    }
    expect(await ask({ templateUris: Array.from({ length: 10_000 }, (_, index) => `nothing/${index}`) })).toEqual([])
  })

  test('takes one of two permissions, and names both to those who have neither', async () => {
    for (const permission of ['oauth:client:view', 'usage:simpleSearch:view'] as const) {
      await server.addClient('acme', { id: permission, name: permission, permissions: [permission] })
      await server.addCaller(permission, permission)
      expect(await server.ask(permission, SEARCH, { ...NOVEMBER, metrics: ['Status200'] })).toHaveLength(1)
    }
    const permissions = ['usage:organization:view', 'usage:client:view'] as const
    await server.addClient('acme', { id: 'limited', name: 'Limited', permissions })
    await server.addCaller('limited', 'limited')
    for (const answer of [
      await server.call('limited', 'POST', SEARCH, NOVEMBER),
      await server.call('limited', 'GET', `${SEARCH}/00000000-0000-4000-8000-000000000000/results`),
    ]) {
      expect(answer.status).toBe(403)
      expect(answer.text).toContain('[oauth:client:view, usage:simpleSearch:view]')
    }
  })

  test('that is another organization’s is a 404 like one that never was', async () => {
    const uri = await server.submit('acme', SEARCH, NOVEMBER)
    const [foreign, never] = [
      await server.call('other', 'GET', `${uri}?pageSize=10`),
      await server.call('other', 'GET', `${SEARCH}/00000000-0000-4000-8000-000000000000/results?pageSize=10`),
    ]
    expect(foreign.status).toBe(404)
    expect({ ...foreign.json(), contextId: '' }).toEqual({ ...never.json(), contextId: '' })
  })
})

describe('a search that finds more than 20,000 rows', () => {
  interface Found {
    readonly results: readonly { clientId: string }[]
    readonly queryStatus: string
    readonly cursors?: { after: string }
  }
  const ids = Array.from({ length: 20_500 }, (_, index) => `c${String(index).padStart(5, '0')}`)
  let uri: string
  beforeAll(async () => {
    await server.addOrganization('large')
    const call = { time: '2026-10-01T00:00:00Z', method: 'GET', templateUri: 'api/v2/users', status: 200 }
    await server.send(
      'large',
      ids.toReversed().map((clientId) => ({ ...call, clientId })),
    )
    const query = { interval: '2026-10/2026-10', metrics: ['ClientName', 'Status200'] }
    uri = await server.submit('large', SEARCH, query)
  })
  const page = async (search: string) => (await server.call('large', 'GET', `${uri}${search}`)).json<Found>()
  const idsOf = ({ results }: Found) => results.map(({ clientId }) => clientId)
  async function pages(size: number): Promise<Found[]> {
    const read = [await page(`?pageSize=${size}`)]
    for (;;) {
      const after = read.at(-1)?.cursors?.after
      if (after === undefined) return read
      read.push(await page(`?pageSize=${size}&after=${after}`))
    }
  }

  test.each(['', '?pageSize=0', '?pageSize=&after=', '?unknown=1'])(
    'ends with them, in one page for %j',
    async (search) => {
      const found = await page(search)
      expect(idsOf(found)).toEqual(ids.slice(0, 20_000))
      expect(found).not.toHaveProperty('cursors')
    },
  )

  test.each([1000, 999])('is read in pages of %i that together are the whole', async (size) => {
    const read = await pages(size)
    expect(read.map(({ results }) => results.length)).toEqual([
      ...Array(Math.floor(20_000 / size)).fill(size),
      ...(20_000 % size === 0 ? [] : [20_000 % size]),
    ])
    expect(read.flatMap(idsOf)).toEqual(ids.slice(0, 20_000))
    for (const { queryStatus } of read) expect(queryStatus).toBe('Complete')
  })

  test('goes on after a cursor to its end when no size is given with it', async () => {
    const { cursors } = await page('?pageSize=1')
    expect(idsOf(await page(`?after=${cursors?.after}`))).toEqual(ids.slice(1, 20_000))
  })

  test('has the same pages again, when more was counted and after a restart', async () => {
    const before = await pages(1000)
    const whole = (await server.call('large', 'GET', uri)).text
    const more = { time: '2026-10-01T00:00:00Z', method: 'GET', templateUri: 'api/v2/users', status: 200 }
    await server.send('large', [{ ...more, clientId: 'a first one' }])
    expect(await pages(1000)).toEqual(before)
    await server.restart()
    expect(await pages(1000)).toEqual(before)
    expect((await server.call('large', 'GET', uri)).text).toBe(whole)
  })

  test.each(['1001', '-1', '1.5', 'all', '1e3'])('cannot be read in pages of %j', async (size) => {
    const answer = await server.call('large', 'GET', `${uri}?pageSize=${size}`)
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid.query.param.value', messageParams: { field: 'pageSize' } })
  })

  test('has no page for a cursor that it did not give', async () => {
    const query = { interval: '2026-10/2026-10', metrics: ['ClientName'] }
    const other = await server.submit('large', SEARCH, query)
    const foreign = (await server.call('large', 'GET', `${other}?pageSize=5`)).json<Found>().cursors?.after
    for (const after of [foreign, 'MTA', '10', '%00', `${foreign}x`, 'x'.repeat(5000)]) {
      const answer = await server.call('large', 'GET', `${uri}?after=${after}`)
      expect(answer.status).toBe(400)
      expect(answer.json()).toMatchObject({ code: 'invalid.query.param.value', messageParams: { field: 'after' } })
    }
  })
})
