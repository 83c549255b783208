import { expect, test } from 'vitest'
import { translateClientJob } from './client-job.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const interval = '2026-10-01/2026-10-31'

test('a client’s job tells everything apart by day when only the interval is given', () => {
  expect(translateClientJob({ interval }, NOW)).toMatchObject({
    granularity: 'Day',
    groupBy: ['platform', 'httpMethod', 'templateUri', 'organizationId'],
    filters: {},
  })
})

test.each([
  ['OrganizationId', 'organizationId'],
  ['HttpMethod', 'httpMethod'],
  ['TemplateUri', 'templateUri'],
  ['Platform', 'platform'],
] as const)('a client’s job by %s asks by %s', (word, dimension) => {
  expect(translateClientJob({ interval, groupBy: [word] }, NOW).groupBy).toEqual([dimension])
})

test('a client’s job filters by organization', () => {
  const filters = { organizationIds: ['acme'], platforms: ['web'], httpMethods: [] }
  expect(translateClientJob({ interval, ...filters }, NOW).filters).toEqual({
    platform: ['web'],
    organizationId: ['acme'],
  })
})
