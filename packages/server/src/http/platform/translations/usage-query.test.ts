import { describe, expect, test } from 'vitest'
import type { ApiUsageOrganizationQuery } from '../schemas/api-usage-organization-query.ts'
import { translateUsageQuery } from './usage-query.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const FEBRUARY = { start: Date.UTC(2020, 1, 1), end: Date.UTC(2020, 1, 29) }

const translate = (body: Partial<ApiUsageOrganizationQuery>) =>
  translateUsageQuery({ interval: '2020-02-01/2020-02-28', ...body }, NOW)

describe('an organization’s usage query', () => {
  test('asks by client for one total of all six metrics when only the interval is given', () => {
    expect(translate({})).toEqual({
      interval: FEBRUARY,
      timeZone: 'UTC',
      granularity: undefined,
      groupBy: ['clientId', 'clientName'],
      metrics: ['status200', 'status300', 'status400', 'status500', 'status429', 'requests'],
      filters: {},
      sortBy: [],
    })
  })

  test('takes empty lists as not given', () => {
    expect(translate({ groupBy: [], metrics: [] })).toEqual(translate({}))
  })

  test('asks for each dimension under our name, in the order of the response’s keys, whatever the order asked', () => {
    const all = ['HttpMethod', 'TemplateUri', 'UserId', 'OrganizationId', 'OAuthClientId'] as const
    const ordered = ['clientId', 'clientName', 'organizationId', 'userId', 'templateUri', 'httpMethod']
    expect(translate({ groupBy: [...all] }).groupBy).toEqual(ordered)
    expect(translate({ groupBy: all.toReversed() }).groupBy).toEqual(ordered)
  })

  test.each([
    ['OAuthClientId', ['clientId', 'clientName']],
    ['OrganizationId', ['organizationId']],
    ['UserId', ['userId']],
    ['TemplateUri', ['templateUri']],
    ['HttpMethod', ['httpMethod']],
  ] as const)('by %s asks by %j', (word, expected) => {
    expect(translate({ groupBy: [word] }).groupBy).toEqual(expected)
  })

  test.each([
    ['Status200', 'status200'],
    ['Status300', 'status300'],
    ['Status400', 'status400'],
    ['Status500', 'status500'],
    ['Status429', 'status429'],
    ['Requests', 'requests'],
  ] as const)('for %s asks for %s alone', (word, expected) => {
    expect(translate({ metrics: [word] }).metrics).toEqual([expected])
  })

  test('takes what is named twice once', () => {
    const twice = translate({ groupBy: ['UserId', 'UserId'], metrics: ['Requests', 'Status200', 'Requests'] })
    expect(twice).toMatchObject({ groupBy: ['userId'], metrics: ['status200', 'requests'] })
  })

  test.each(['Day', 'Week', 'Month'] as const)('keeps the granularity %s', (granularity) => {
    expect(translate({ granularity }).granularity).toBe(granularity)
  })

  test('refuses an interval that is none', () => {
    expect(() => translate({ interval: '2020-02-28/2020-02-01' })).toThrow(
      expect.objectContaining({ code: 'invalid.date' }),
    )
  })
})
