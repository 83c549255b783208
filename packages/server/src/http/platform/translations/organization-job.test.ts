import { describe, expect, test } from 'vitest'
import type { OrganizationPublicApiUsageQueryRequest } from '../schemas/organization-public-api-usage-query-request.ts'
import { translateOrganizationJob } from './organization-job.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const translate = (body: Partial<OrganizationPublicApiUsageQueryRequest>) =>
  translateOrganizationJob({ interval: '2026-10-01/2026-10-31', ...body }, NOW)

describe('an organization’s job', () => {
  test('tells everything apart by day when only the interval is given', () => {
    expect(translate({})).toEqual({
      interval: { start: Date.UTC(2026, 9, 1), end: Date.UTC(2026, 10, 1) },
      timeZone: 'UTC',
      granularity: 'Day',
      groupBy: ['platform', 'httpMethod', 'templateUri', 'clientId', 'clientName', 'userId'],
      metrics: ['status200', 'status300', 'status400', 'status500', 'status429', 'requests'],
      filters: {},
      sortBy: [],
    })
  })

  test.each([
    ['OauthClientName', ['clientName']],
    ['OauthClientId', ['clientId', 'clientName']],
    ['UserId', ['userId']],
    ['HttpMethod', ['httpMethod']],
    ['TemplateUri', ['templateUri']],
    ['Platform', ['platform']],
  ] as const)('by %s asks by %j', (word, expected) => {
    expect(translate({ groupBy: [word] }).groupBy).toEqual(expected)
  })

  test('groups in the order of the entity’s keys, whatever the order asked', () => {
    expect(translate({ groupBy: ['UserId', 'OauthClientName', 'Platform'] }).groupBy).toEqual([
      'platform',
      'clientName',
      'userId',
    ])
  })

  test('filters by each list that has something in it', () => {
    const filters = {
      templateUris: ['/api/v2/users', 'api/v2/groups'],
      httpMethods: ['GET', 'HEAD'] as ('GET' | 'HEAD')[],
      platforms: [],
      userIds: ['u'],
      oauthClientIds: ['c'],
    }
    expect(translate(filters).filters).toEqual({
      templateUri: ['api/v2/users', 'api/v2/groups'],
      httpMethod: ['GET', 'HEAD'],
      userId: ['u'],
      clientId: ['c'],
    })
  })

  test.each([
    ['date', 'time'],
    ['platform', 'platform'],
    ['httpMethod', 'httpMethod'],
    ['templateUri', 'templateUri'],
    ['requestCount', 'requests'],
    ['requests', 'requests'],
    ['status200', 'status200'],
    ['status300', 'status300'],
    ['status400', 'status400'],
    ['status429', 'status429'],
    ['status500', 'status500'],
    ['oauthClientId', 'clientId'],
    ['oauthClientName', 'clientName'],
    ['userId', 'userId'],
    ['organizationId', 'organizationId'],
  ] as const)('sorts by %s with the smallest first unless it says otherwise', (fieldName, field) => {
    expect(translate({ sortBy: [{ fieldName }] }).sortBy).toEqual([{ field, order: 'asc' }])
    expect(translate({ sortBy: [{ fieldName, order: 'Desc' }] }).sortBy).toEqual([{ field, order: 'desc' }])
  })

  test('sorts by a field once, however often it is named', () => {
    const sortBy = Array.from({ length: 10_000 }, (_, index) =>
      index % 2 === 0 ? ({ fieldName: 'requestCount', order: 'Desc' } as const) : ({ fieldName: 'requests' } as const),
    )
    expect(translate({ sortBy }).sortBy).toEqual([{ field: 'requests', order: 'desc' }])
  })
})
