import { expect, test } from 'vitest'
import type { UsageQuery } from '../../domain/usage-query.ts'
import {
  CLIENT_JOB_DIMENSIONS,
  clientPublicApiUsageResultsResponse,
} from './client-public-api-usage-results-response.ts'

test('ClientPublicApiUsageResultsResponse has the organization in place of client and user', async () => {
  const time = Date.UTC(2020, 1, 2)
  const query: UsageQuery = {
    interval: { start: time, end: time + 86_400_000 },
    timeZone: 'UTC',
    granularity: 'Day',
    groupBy: CLIENT_JOB_DIMENSIONS,
    metrics: ['status200', 'requests'],
    filters: {},
    sortBy: [],
  }
  async function* rows() {
    yield [[time, '', 'PUT', 'api/v2/users', 'acme', 3, 4]]
  }
  const answer = { state: 'complete', query, rows: rows(), selfUri: '/jobs/1', next: undefined } as const
  expect((await Array.fromAsync(clientPublicApiUsageResultsResponse.present(answer))).join('')).toBe(
    '{"queryStatus":"Succeeded","entities":[{"date":"2020-02-02","httpMethod":"PUT","templateUri":"api/v2/users",' +
      '"requestCount":4,"status200":3,"organizationId":"acme"}],"selfUri":"/jobs/1"}',
  )
})
