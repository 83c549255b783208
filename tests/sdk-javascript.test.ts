import platformClient from 'purecloud-platform-client-v2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { byKey, FEBRUARY_2020, februaryEvents, type PlatformRow } from './feb2020.ts'
import { type RunningServer, startRoutemeter } from './running-server.ts'

// An unmodified official client against a real server: what it logs in with, sends and reads back is the platform's own.
let server: RunningServer

beforeAll(async () => {
  server = await startRoutemeter()
  expect(await server.send(februaryEvents())).toMatchObject({ accepted: 1130, duplicates: 0, rejected: 0 })
  const client = platformClient.ApiClient.instance
  client.setGateway({ host: '127.0.0.1', protocol: 'http', port: server.port })
  await client.loginClientCredentialsGrant(server.clientId, server.clientSecret)
})

afterAll(() => server[Symbol.asyncDispose]())

test('the seed’s query gives back the 128 real rows, field by field', async () => {
  const rows = await query({
    interval: '2020-02-01/2020-02-28',
    granularity: 'Day',
    groupBy: ['OAuthClientId', 'TemplateUri'],
  })
  expect(rows).toHaveLength(128)
  expect(rows.toSorted(byKey)).toEqual(FEBRUARY_2020.toSorted(byKey))
  expect(rows.map((row) => Object.keys(row).join())).toEqual(
    Array(128).fill(Object.keys(FEBRUARY_2020[0] ?? {}).join()),
  )
})

test('events that are sent again change nothing', async () => {
  expect(await server.send(februaryEvents().toReversed())).toMatchObject({ accepted: 0, duplicates: 1130 })
  const rows = await query({ interval: '2020-02/2020-02', metrics: ['Requests'] })
  expect(rows.reduce((sum, row) => sum + row.requests, 0)).toBe(1130)
})

test('a wrong interval is refused in the platform’s own words', async () => {
  await expect(
    new platformClient.UsageApi().postUsageQuery({ interval: '2020-02-30/2020-03-01' }),
  ).rejects.toMatchObject({
    status: 400,
    code: 'invalid.date',
  })
})

async function query(body: Parameters<platformClient.UsageApi['postUsageQuery']>[0]): Promise<readonly PlatformRow[]> {
  const usage = new platformClient.UsageApi()
  const { executionId = '' } = await usage.postUsageQuery(body)
  for (;;) {
    const answer = await usage.getUsageQueryExecutionIdResults(executionId)
    if (answer.queryStatus === 'Complete') return answer.results as readonly PlatformRow[]
    expect(answer).toEqual({ queryStatus: 'Running' })
  }
}
