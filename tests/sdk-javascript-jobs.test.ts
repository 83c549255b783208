import platformClient from 'purecloud-platform-client-v2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, startRoutemeter } from './running-server.ts'

// The aggregates jobs, driven by an unmodified official client against a real server, counted again from what was sent.
type Usage = platformClient.UsageApi
type Page = platformClient.Models.OrganizationPublicApiUsageResultsResponse &
  platformClient.Models.ClientPublicApiUsageResultsResponse

const DAY_MS = 86_400_000
/** Ten whole days that ended two days ago: a job reaches back a year. */
const FIRST = Math.floor(Date.now() / DAY_MS) * DAY_MS - 12 * DAY_MS
const DAYS = 10
const dateOf = (time: number) => new Date(time).toISOString().slice(0, 10)
const interval = `${dateOf(FIRST)}/${dateOf(FIRST + (DAYS - 1) * DAY_MS)}`
const STATUSES = [200, 201, 302, 404, 429, 500]
const METHODS = ['GET', 'POST', 'OPTIONS']
const calls = Array.from({ length: 3000 }, (_, index) => ({
  id: `call-${index}`,
  time: FIRST + ((index * 7_919_001) % (DAYS * DAY_MS)),
  clientId: `client-${index % 7}`,
  ...(index % 3 === 0 ? {} : { userId: `user-${index % 5}` }),
  ...(index % 4 === 0 ? {} : { platform: 'web' }),
  method: METHODS[index % 3] ?? 'GET',
  templateUri: `/api/v2/things/${'x'.repeat(index % 4)}`,
  status: STATUSES[index % 6] ?? 200,
}))

let server: RunningServer
let usage: Usage
beforeAll(async () => {
  server = await startRoutemeter()
  const own = calls.map((call, index) => (index % 7 === 0 ? { ...call, clientId: server.clientId } : call))
  expect(await server.send(own)).toMatchObject({ accepted: 3000, duplicates: 0, rejected: 0 })
  const client = platformClient.ApiClient.instance
  client.setGateway({ host: '127.0.0.1', protocol: 'http', port: server.port })
  await client.loginClientCredentialsGrant(server.clientId, server.clientSecret)
  usage = new platformClient.UsageApi()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Polls a job and reads it to the end, each page with the cursor of the one before. */
async function everyPage(read: (after?: string) => Promise<Page>): Promise<{ pages: number; entities: object[] }> {
  let page = await read()
  while (page.queryStatus === 'Queued' || page.queryStatus === 'Running') page = await read()
  const entities: object[] = []
  for (let pages = 1; ; pages += 1) {
    expect(page.queryStatus).toBe('Succeeded')
    entities.push(...(page.entities ?? []))
    if (page.nextUri === undefined) return { pages, entities }
    expect(page.nextUri).toMatch(/^\/api\/v2\/usage\//)
    page = await read(new URL(page.nextUri, server.url).searchParams.get('after') ?? '')
  }
}

/** How many calls there were, and which of them failed or were limited, by these words of each. */
function counted(of: readonly (typeof calls)[number][], keyOf: (call: (typeof calls)[number]) => string) {
  const groups = new Map<string, number[]>()
  for (const call of of) {
    const counts = groups.get(keyOf(call)) ?? [0, 0, 0]
    groups.set(keyOf(call), counts)
    counts[0] = (counts[0] ?? 0) + 1
    if (call.status >= 400 && call.status < 500) counts[1] = (counts[1] ?? 0) + 1
    if (call.status === 429) counts[2] = (counts[2] ?? 0) + 1
  }
  return groups
}

test('an organization’s job, not aggregated, paged to the end, is a recount of what was sent', async () => {
  const { id, resultsUri, selfUri } = await usage.postUsageAggregatesQueryJobs({ interval })
  expect([resultsUri, selfUri]).toEqual(Array(2).fill(`/api/v2/usage/aggregates/query/jobs/${id}`))
  const { pages, entities } = await everyPage((after) =>
    usage.getUsageAggregatesQueryJob(id, after === undefined ? {} : { after }),
  )
  const typed = entities as platformClient.Models.OrganizationPublicApiUsage[]
  const seen = typed.map((entity) => [
    [
      entity.date,
      entity.platform ?? '',
      entity.httpMethod,
      entity.templateUri,
      entity.oauthClient?.id,
      entity.user?.id ?? '',
    ].join(' '),
    [entity.requestCount, entity.status400, entity.status429],
  ])
  const expected = counted(calls, (call) => {
    const clientId = call.clientId === 'client-0' ? server.clientId : call.clientId
    const { platform = '', method, templateUri, userId = '' } = call
    return [dateOf(call.time), platform, method, templateUri.slice(1).replace(/\/$/, ''), clientId, userId].join(' ')
  })
  expect(pages).toBe(Math.ceil(expected.size / 100))
  expect(pages).toBeGreaterThan(3)
  expect(new Map(seen as [string, number[]][])).toEqual(expected)
  expect(seen).toHaveLength(expected.size)
  const ours = typed.find(({ oauthClient }) => oauthClient?.id === server.clientId)?.oauthClient
  expect(ours).toMatchObject({ name: expect.any(String), selfUri: `/api/v2/oauth/clients/${server.clientId}` })
})

test('a client’s job, filtered and sorted, paged to the end, is a recount of what the client sent', async () => {
  const body = {
    interval,
    granularity: 'Day',
    groupBy: ['HttpMethod'],
    metrics: ['Requests', 'Status400', 'Status429'],
    httpMethods: ['GET', 'POST'],
    sortBy: [
      { fieldName: 'date', order: 'Desc' },
      { fieldName: 'httpMethod', order: 'Desc' },
    ],
  }
  const { id } = await usage.postUsageClientClientIdAggregatesQueryJobs(server.clientId, body)
  const { pages, entities } = await everyPage((after) =>
    usage.getUsageClientClientIdAggregatesQueryJob(server.clientId, id, { pageSize: 3, ...(after ? { after } : {}) }),
  )
  const sent = calls.filter(({ clientId, method }) => clientId === 'client-0' && method !== 'OPTIONS')
  const expected = counted(sent, ({ time, method }) => `${dateOf(time)} ${method}`)
  const inOrder = [...expected].toSorted(([a], [b]) => (a < b ? 1 : -1))
  const typed = entities as platformClient.Models.ClientPublicApiUsage[]
  expect(typed.map((entity) => Object.keys(entity).join())).toEqual(
    Array(inOrder.length).fill('date,httpMethod,requestCount,status400,status429'),
  )
  expect(
    typed.map((entity) => [
      `${entity.date} ${entity.httpMethod}`,
      [entity.requestCount, entity.status400, entity.status429],
    ]),
  ).toEqual(inOrder)
  expect(pages).toBe(Math.ceil(inOrder.length / 3))
})

test('refusals arrive as the platform’s own errors', async () => {
  const organization = { interval: '2020-01-01/2020-01-31' }
  await expect(usage.postUsageAggregatesQueryJobs(organization)).rejects.toMatchObject({
    status: 400,
    code: 'invalid.date',
  })
  await expect(usage.postUsageClientClientIdAggregatesQueryJobs('client-1', { interval })).rejects.toMatchObject({
    status: 404,
    code: 'not.found',
  })
  const { id } = await usage.postUsageAggregatesQueryJobs({ interval })
  await expect(usage.getUsageAggregatesQueryJob(id, { pageSize: 1001 })).rejects.toMatchObject({
    status: 400,
    code: 'invalid.query.param.value',
  })
  await expect(usage.getUsageClientClientIdAggregatesQueryJob(server.clientId, id)).rejects.toMatchObject({
    status: 404,
  })
})
