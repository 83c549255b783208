import { describe, expect, test } from 'vitest'
import { PLATFORM_METRICS } from '../../domain/catalogue.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import type { ExecutionState } from '../executions.ts'
import type { UsageRow } from '../kept-rows.ts'
import { apiUsageQueryResult } from './api-usage-query-result.ts'

const FEBRUARY_2 = Date.UTC(2020, 1, 2)

const byDay: UsageQuery = {
  interval: { start: FEBRUARY_2, end: FEBRUARY_2 + 86_400_000 },
  timeZone: 'UTC',
  granularity: 'Day',
  groupBy: ['clientId', 'clientName', 'organizationId', 'userId', 'templateUri', 'httpMethod'],
  metrics: PLATFORM_METRICS,
  filters: {},
  sortBy: [],
}

async function text(query: UsageQuery, state: ExecutionState, ...chunks: UsageRow[][]): Promise<string> {
  async function* rows() {
    yield* chunks
  }
  const answer = { state, query, rows: rows(), selfUri: '/results', next: undefined }
  return (await Array.fromAsync(apiUsageQueryResult.present(answer))).join('')
}

describe('ApiUsageQueryResult', () => {
  test.each([
    ['queued', '{"queryStatus":"Running"}'],
    ['running', '{"queryStatus":"Running"}'],
    ['failed', '{"queryStatus":"Failed"}'],
    ['cancelled', '{"queryStatus":"Failed"}'],
  ] as const)('says of a %s query exactly %s', async (state, expected) => {
    expect(await text(byDay, state)).toBe(expected)
  })

  test('writes rows byte for byte as the platform does', async () => {
    const row = [FEBRUARY_2, 'c-1', 'Client Creds', 'o-1', 'u-1', 'api/v2/users', 'GET', 2, 0, 1, 0, 1, 3]
    expect(await text(byDay, 'complete', [row])).toBe(
      '{"results":[{"clientId":"c-1","clientName":"Client Creds","organizationId":"o-1","userId":"u-1",' +
        '"templateUri":"api/v2/users","httpMethod":"GET","status200":2,"status300":0,"status400":1,"status500":0,' +
        '"status429":1,"requests":3,"date":"2020-02-02T00:00:00Z"}],"queryStatus":"Complete"}',
    )
  })

  test('has no date without a granularity, only the metrics asked for, and "" for what was not grouped by', async () => {
    const query = {
      ...byDay,
      granularity: undefined,
      groupBy: ['templateUri'] as const,
      metrics: ['requests', 'status429'] as const,
    }
    expect(await text(query, 'complete', [['api/v2/users', 7, 0]])).toBe(
      '{"results":[{"clientId":"","clientName":"","organizationId":"","userId":"","templateUri":"api/v2/users",' +
        '"httpMethod":"","status429":0,"requests":7}],"queryStatus":"Complete"}',
    )
  })

  test('writes an answer without rows, and one whose rows come in many chunks', async () => {
    const query = {
      ...byDay,
      granularity: undefined,
      groupBy: ['clientId'] as const,
      metrics: ['requests'] as const,
    }
    expect(await text(query, 'complete')).toBe('{"results":[],"queryStatus":"Complete"}')
    expect(await text(query, 'complete', [], [])).toBe('{"results":[],"queryStatus":"Complete"}')
    const answer = await text(
      query,
      'complete',
      [],
      [
        ['a', 1],
        ['b', 2],
      ],
      [],
      [['c', 3]],
    )
    const seen = JSON.parse(answer).results.map((row: { clientId: string; requests: number }) => [
      row.clientId,
      row.requests,
    ])
    expect(seen).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
  })

  test('keeps every digit of a count past 2^53 and escapes names as JSON does', async () => {
    const query = {
      ...byDay,
      granularity: undefined,
      groupBy: ['clientId', 'clientName'] as const,
      metrics: ['requests'] as const,
    }
    expect(await text(query, 'complete', [['c', 'Say "hi"\n☺', 9007199254740993n]])).toBe(
      '{"results":[{"clientId":"c","clientName":"Say \\"hi\\"\\n☺","organizationId":"","userId":"","templateUri":"",' +
        '"httpMethod":"","requests":9007199254740993}],"queryStatus":"Complete"}',
    )
  })
})
