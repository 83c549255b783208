import { expect, test } from 'vitest'
import { HOUR_MS } from '../../domain/bucket.ts'
import { PLATFORM_METRICS } from '../../domain/catalogue.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import { planPeriods, tierOf } from './query-plan.ts'
import type { UsageSelect } from './select-draft.ts'
import { usageSelect } from './usage-select.ts'

const FEBRUARY = { start: Date.UTC(2026, 1, 1), end: Date.UTC(2026, 2, 1) }
const ONE = [{ id: 1, organizationId: 'acme' }]
const TWO = [...ONE, { id: 7, organizationId: 'globex' }]
const QUERY: UsageQuery = {
  interval: FEBRUARY,
  timeZone: 'UTC',
  granularity: undefined,
  groupBy: [],
  metrics: ['requests'],
  filters: {},
  sortBy: [],
}

async function planned(query: Partial<UsageQuery>, rest: Partial<UsageSelect> = {}): Promise<UsageSelect> {
  const whole = { ...QUERY, ...query }
  const periods = await planPeriods(whole, async () => whole.interval)
  return { organizations: ONE, query: whole, periods, tier: tierOf(whole, periods), names: [], ...rest }
}

test.each([
  ['total', {}, {}],
  ['by-client-and-day', { granularity: 'Day', groupBy: ['clientId', 'clientName'], metrics: PLATFORM_METRICS }, {}],
  [
    'by-hour-in-a-zone-with-filters',
    {
      granularity: 'Hour',
      timeZone: 'Australia/Lord_Howe',
      interval: { start: FEBRUARY.start, end: Date.UTC(2026, 4, 1) },
      groupBy: ['userId'],
      filters: { templateUri: ['api/v2/users'], clientId: ['', 'a'] },
      sortBy: [{ field: 'requests', order: 'desc' }],
      maxRows: 20_000,
    },
    {},
  ],
  [
    'percentiles-by-template-of-two-organizations',
    { groupBy: ['templateUri'], metrics: ['durationAvg', 'durationP95', 'durationMax', 'requestBytes'] },
    { organizations: TWO },
  ],
  [
    'of-one-class-by-registered-name',
    {
      groupBy: ['clientName'],
      metrics: ['requests', 'errorRate'],
      filters: { statusClass: ['4xx', '5xx'], clientName: ['Billing'] },
    },
    { organizations: TWO, names: [{ organization: 7, clientId: 'a', name: 'Billing' }] },
  ],
  [
    'first-templates-and-all-others-by-day',
    {
      granularity: 'Day',
      groupBy: ['templateUri'],
      metrics: ['requests', 'durationP95'],
      sortBy: [
        { field: 'time', order: 'asc' },
        { field: 'durationP95', order: 'desc' },
      ],
      top: { groups: 10, other: true },
    },
    {},
  ],
  [
    'by-client-beside-the-month-before',
    {
      groupBy: ['clientId'],
      previous: { start: Date.UTC(2026, 0, 1), end: FEBRUARY.start },
      top: { groups: 5, other: false },
    },
    {},
  ],
  ['by-class-and-month-in-a-zone', { granularity: 'Month', timeZone: 'Europe/Berlin', groupBy: ['statusClass'] }, {}],
] as const)('the statement of %s is the reviewed one', async (name, query, rest) => {
  const { text, values } = usageSelect(await planned(query, rest))
  await expect(text).toMatchFileSnapshot(`golden/${name}.sql`)
  const used = new Set([...text.matchAll(/\$(\w+)/g)].map(([, parameter]) => parameter))
  expect(new Set(Object.keys(values))).toEqual(used)
})

test('no value of a query is ever part of the text', async () => {
  const evil = `'; DROP TABLE usage_fine; --`
  const filters = { clientId: [evil], templateUri: [evil], clientName: [evil], statusClass: [evil] }
  const names = [{ organization: 1, clientId: evil, name: evil }]
  const organizations = [{ id: 1, organizationId: evil }]
  const { text } = usageSelect(await planned({ groupBy: ['organizationId'], filters }, { names, organizations }))
  expect(text).not.toContain('DROP')
})

test('the rollup by day answers where no edge cuts a UTC day and no user is told apart, the fine one elsewhere', async () => {
  const tier = async (query: Partial<UsageQuery>) => (await planned(query)).tier
  expect(await tier({})).toBe('day')
  expect(await tier({ granularity: 'Month', groupBy: ['templateUri', 'statusClass', 'clientName'] })).toBe('day')
  expect(await tier({ granularity: 'Week' })).toBe('day')
  expect(await tier({ granularity: 'Hour' })).toBe('fine')
  expect(await tier({ groupBy: ['userId'] })).toBe('fine')
  expect(await tier({ filters: { userId: ['ann'] } })).toBe('fine')
  expect(await tier({ interval: { ...FEBRUARY, end: FEBRUARY.end - HOUR_MS } })).toBe('fine')
  expect(await tier({ interval: { ...FEBRUARY, start: FEBRUARY.start + HOUR_MS } })).toBe('fine')
  expect(await tier({ granularity: 'Day', timeZone: 'Europe/Berlin' })).toBe('fine')
  expect(await tier({ granularity: 'Day', timeZone: 'Africa/Abidjan' })).toBe('day')
  // London's days begin at UTC midnight only once summer time is over.
  const autumn = { start: Date.UTC(2026, 9, 20), end: Date.UTC(2026, 10, 10) }
  expect(await tier({ granularity: 'Day', timeZone: 'Europe/London', interval: autumn })).toBe('fine')
  const winter = { start: Date.UTC(2026, 9, 26), end: Date.UTC(2026, 10, 10) }
  expect(await tier({ granularity: 'Month', timeZone: 'Europe/London', interval: winter })).toBe('day')
})

test('a zone’s hours need no table where they lie on a grid, as Kolkata’s do on the half hour', async () => {
  const periods = async (query: Partial<UsageQuery>) => (await planned(query)).periods
  expect(await periods({ granularity: 'Hour', timeZone: 'Europe/Berlin' })).toEqual({
    kind: 'grid',
    size: HOUR_MS,
    phase: 0,
  })
  const aligned = { start: FEBRUARY.start + HOUR_MS / 2, end: FEBRUARY.end }
  const kolkata = await periods({ granularity: 'Hour', timeZone: 'Asia/Kolkata', interval: aligned })
  expect(kolkata).toEqual({ kind: 'grid', size: HOUR_MS, phase: HOUR_MS / 2 })
  const spring = { start: FEBRUARY.start, end: Date.UTC(2026, 3, 1) }
  expect((await periods({ granularity: 'Day', timeZone: 'Europe/Berlin', interval: spring })).kind).toBe('list')
})

test('the list of periods is no longer than what is kept, however long the interval', async () => {
  const ever = { start: 0, end: Date.UTC(9999, 11, 31) }
  // The night in which Berlin's clocks go forward.
  const kept = { start: Date.UTC(2026, 2, 28), end: Date.UTC(2026, 2, 31) }
  const periods = await planPeriods(
    { ...QUERY, interval: ever, granularity: 'Day', timeZone: 'Europe/Berlin' },
    async () => kept,
  )
  expect(periods).toMatchObject({ kind: 'list', within: kept, list: [{}, {}] })
})
