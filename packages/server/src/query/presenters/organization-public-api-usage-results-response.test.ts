import { describe, expect, test } from 'vitest'
import type { UsageQuery } from '../../domain/usage-query.ts'
import type { UsageRow } from '../kept-rows.ts'
import {
  ORGANIZATION_JOB_DIMENSIONS,
  organizationPublicApiUsageResultsResponse,
} from './organization-public-api-usage-results-response.ts'
import type { Answer } from './presenter.ts'

const FEBRUARY_2 = Date.UTC(2020, 1, 2)
const everything: UsageQuery = {
  interval: { start: FEBRUARY_2, end: FEBRUARY_2 + 86_400_000 },
  timeZone: 'UTC',
  granularity: 'Day',
  groupBy: ORGANIZATION_JOB_DIMENSIONS,
  metrics: ['status200', 'status300', 'status400', 'status500', 'status429', 'requests'],
  filters: {},
  sortBy: [],
}

async function text(answer: Partial<Answer>, ...chunks: UsageRow[][]): Promise<string> {
  async function* rows() {
    yield* chunks
  }
  const whole: Answer = {
    state: 'complete',
    query: everything,
    rows: rows(),
    selfUri: '/jobs/1',
    next: undefined,
    ...answer,
  }
  return (await Array.fromAsync(organizationPublicApiUsageResultsResponse.present(whole))).join('')
}

describe('OrganizationPublicApiUsageResultsResponse', () => {
  test.each([
    ['queued', '{"queryStatus":"Queued","selfUri":"/jobs/1"}'],
    ['running', '{"queryStatus":"Running","selfUri":"/jobs/1"}'],
    ['cancelled', '{"queryStatus":"Cancelled","selfUri":"/jobs/1"}'],
    ['complete', '{"queryStatus":"Succeeded","entities":[],"selfUri":"/jobs/1"}'],
  ] as const)('says of a %s job exactly %s', async (state, expected) => {
    expect(await text({ state })).toBe(expected)
  })

  test('says of a failed job why, as it was told', async () => {
    expect(await text({ state: 'failed', failure: { code: 'x' } })).toBe(
      '{"queryStatus":"Failed","errorBody":{"code":"x"},"selfUri":"/jobs/1"}',
    )
  })

  test('writes entities with the platform’s keys, where they go on, and where they are', async () => {
    const row = [FEBRUARY_2, 'web', 'GET', 'api/v2/users', 'c/1', 'Say "hi"', 'u 1', 2, 0, 1, 0, 1, 9007199254740993n]
    const next = { cursor: 'x', uri: '/jobs/1?after=x&pageSize=1' }
    expect(await text({ next }, [row], [])).toBe(
      '{"queryStatus":"Succeeded","nextUri":"/jobs/1?after=x&pageSize=1","entities":[{"date":"2020-02-02",' +
        '"platform":"web","httpMethod":"GET","templateUri":"api/v2/users","requestCount":9007199254740993,' +
        '"status200":2,"status300":0,"status400":1,"status429":1,"status500":0,' +
        '"oauthClient":{"id":"c/1","name":"Say \\"hi\\"","selfUri":"/api/v2/oauth/clients/c%2F1"},' +
        '"user":{"id":"u 1","selfUri":"/api/v2/users/u%201"}}],"selfUri":"/jobs/1"}',
    )
  })

  test('leaves out what a call does not have, and metrics that were not asked for', async () => {
    const query: UsageQuery = { ...everything, metrics: ['status429'] }
    const rows = [
      [FEBRUARY_2, '', 'GET', '', '', '', '', 0],
      [FEBRUARY_2, '', 'GET', '', 'c', '', '', 1],
    ]
    expect(JSON.parse(await text({ query }, rows)).entities).toEqual([
      { date: '2020-02-02', httpMethod: 'GET', status429: 0 },
      {
        date: '2020-02-02',
        httpMethod: 'GET',
        status429: 1,
        oauthClient: { id: 'c', selfUri: '/api/v2/oauth/clients/c' },
      },
    ])
  })

  test('gives a client that was grouped by its name alone that name', async () => {
    const query: UsageQuery = { ...everything, groupBy: ['clientName'], metrics: ['requests'] }
    const rows = [
      [FEBRUARY_2, '', 1],
      [FEBRUARY_2, 'One', 2],
    ]
    expect(JSON.parse(await text({ query }, rows)).entities).toEqual([
      { date: '2020-02-02', requestCount: 1 },
      { date: '2020-02-02', requestCount: 2, oauthClient: { name: 'One' } },
    ])
  })
})
