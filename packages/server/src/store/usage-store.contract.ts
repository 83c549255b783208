import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { anEvent } from '../domain/an-event.ts'
import {
  type Dimension,
  type InternedDimension,
  METRIC_NAMES,
  METRICS,
  OVERFLOW,
  UNMATCHED,
} from '../domain/catalogue.ts'
import { makeScope, type Scope } from '../domain/scope.ts'
import type { UsageEvent } from '../domain/usage-event.ts'
import type { UsageQuery } from '../domain/usage-query.ts'
import type { Weight } from '../domain/weight.ts'
import { describeAuthorization } from './authorization.contract.ts'
import { commitEvents } from './commit-events.ts'
import { periodLabel, recount } from './usage-recount.ts'
import type { QueryOptions, UsageStore, UsageValue } from './usage-store.ts'
import { describeWatching } from './watching.contract.ts'

/** A data folder of its own for one test, in which the engine is opened, closed and opened again. */
export interface StoreUnderTest {
  open(options?: { caps?: Partial<Record<InternedDimension, number>>; dedupeMemoryBytes?: number }): Promise<UsageStore>
  /** Milliseconds since 1970 that the store believes it is. */
  readonly clock: { now: number }
  remove(): void
}

const DAY_MS = 86_400_000
export const NOW = Date.UTC(2026, 10, 23, 12)
/** October 2026 in Berlin, with the night in which an hour comes twice; all of it past the minutes that are kept. */
const OCTOBER = { start: Date.UTC(2026, 9, 1), end: Date.UTC(2026, 10, 1) }
const TOTAL: UsageQuery = {
  interval: { start: 0, end: NOW + DAY_MS },
  timeZone: 'UTC',
  granularity: undefined,
  groupBy: [],
  metrics: ['requests'],
  filters: {},
  sortBy: [],
}
const BOTH = makeScope(['acme', 'globex'])

export async function rowsOf(store: UsageStore, scope: Scope, query: Partial<UsageQuery> = {}, options?: QueryOptions) {
  const { chunks } = await store.query(scope, { ...TOTAL, ...query }, options)
  const rows: (readonly UsageValue[])[] = []
  for await (const chunk of chunks) rows.push(...chunk)
  return rows
}

/** Everything that an engine must do to be a usage store. Run it on a new engine; it passes all of it or it is none. */
export function describeUsageStore(engine: string, create: () => StoreUnderTest): void {
  describe(`${engine} as a usage store`, () => {
    let under: StoreUnderTest
    let opened: UsageStore[] = []

    const open = async (options?: Parameters<StoreUnderTest['open']>[0]) => {
      if (opened.length === 0) under = create()
      const store = await under.open(options)
      opened.push(store)
      return store
    }
    const reopen = async (store: UsageStore, options?: Parameters<StoreUnderTest['open']>[0]) => {
      await store[Symbol.asyncDispose]()
      opened = opened.filter((other) => other !== store)
      const again = await under.open(options)
      opened.push(again)
      return again
    }
    const requestsOf = async (store: UsageStore, scope = BOTH) => (await rowsOf(store, scope))[0]?.[0] ?? 0

    afterEach(async () => {
      for (const store of opened.splice(0)) await store[Symbol.asyncDispose]()
      under.remove()
    })

    describeExactness(open)
    describeDuplicates(open, reopen, requestsOf, () => under)
    describeTenancy(open, requestsOf)
    describeAuthorization(open, reopen)
    describeKeeping(open, reopen, requestsOf, () => under)
    describeWatching(open, reopen)
  })
}

type Open = (options?: Parameters<StoreUnderTest['open']>[0]) => Promise<UsageStore>
type Reopen = (store: UsageStore, options?: Parameters<StoreUnderTest['open']>[0]) => Promise<UsageStore>
type RequestsOf = (store: UsageStore, scope?: Scope) => Promise<UsageValue>

const someMicros = fc.oneof(fc.nat(2_000_000), fc.integer({ min: 0, max: 2_592_000_000_000 }))
const someWeight: fc.Arbitrary<Weight> = fc
  .record({
    untold: fc.nat(40),
    durations: fc.array(fc.record({ micros: someMicros, calls: fc.integer({ min: 1, max: 60 }) }), { maxLength: 4 }),
  })
  .map(({ untold, durations }) => ({
    calls: Math.max(1, untold + durations.reduce((sum, { calls }) => sum + calls, 0)),
    durations,
  }))

const singleEvent: fc.Arbitrary<UsageEvent> = fc.record({
  id: fc.constant(undefined),
  time: fc.integer({ min: OCTOBER.start - DAY_MS, max: OCTOBER.end + DAY_MS }),
  organizationId: fc.constantFrom('acme', 'globex'),
  clientId: fc.constantFrom('', 'a', 'b', 'ü'),
  clientName: fc.constant(''),
  userId: fc.constantFrom('', 'ann', 'bob'),
  httpMethod: fc.constantFrom('GET', 'POST'),
  templateUri: fc.constantFrom('api/v2/users', 'api/v2/users/{userId}', UNMATCHED),
  platform: fc.constantFrom('', 'web'),
  status: fc.constantFrom(101, 200, 204, 302, 400, 429, 500),
  durationMicros: fc.option(fc.integer({ min: 0, max: 2_592_000_000_000 }), { nil: undefined }),
  requestBytes: fc.option(fc.nat(1_000_000), { nil: undefined }),
  responseBytes: fc.option(fc.nat(), { nil: undefined }),
  fromPlatform: fc.boolean(),
  weight: fc.constant(undefined),
})
const weightedEvent: fc.Arbitrary<UsageEvent> = fc
  .tuple(singleEvent, someWeight)
  .map(([event, weight]) => ({ ...event, durationMicros: undefined, weight }))
const someEvent = fc.oneof({ arbitrary: singleEvent, weight: 4 }, { arbitrary: weightedEvent, weight: 1 })

const GROUPABLE: readonly Dimension[] = [
  'organizationId',
  'clientId',
  'userId',
  'templateUri',
  'httpMethod',
  'platform',
  'statusClass',
]
const someQuery: fc.Arbitrary<UsageQuery> = fc
  .record({
    days: fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 16, max: 31 })),
    quarters: fc.constantFrom(0, 0, 1, 5),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns'),
    granularity: fc.constantFrom(undefined, 'Hour', 'Day', 'Week', 'Month'),
    groupBy: fc.uniqueArray(fc.constantFrom(...GROUPABLE), { maxLength: 3 }),
    clientId: fc.option(fc.uniqueArray(fc.constantFrom('', 'a', 'ü', 'nobody')), { nil: undefined }),
    statusClass: fc.option(fc.uniqueArray(fc.constantFrom('1xx', '4xx')), { nil: undefined }),
  })
  .map(({ days: [from, to], quarters, clientId, statusClass, ...rest }) => {
    const filters = {
      ...(clientId === undefined ? {} : { clientId }),
      ...(statusClass === undefined ? {} : { statusClass }),
    }
    const asked: readonly string[] = [...rest.groupBy, ...Object.keys(filters)]
    return {
      ...rest,
      interval: { start: OCTOBER.start + from * DAY_MS + quarters * 900_000, end: OCTOBER.start + to * DAY_MS },
      metrics: METRIC_NAMES.filter((metric) => METRICS[metric].notBy.every((dimension) => !asked.includes(dimension))),
      filters,
      sortBy: [],
    }
  })

function describeExactness(open: Open): void {
  test('every metric of every query equals a recount of the raw events, before folds, between them and after', async () => {
    const store = await open()
    const events: UsageEvent[] = []
    await fc.assert(
      fc.asyncProperty(
        fc.array(someEvent, { maxLength: 40 }),
        fc.array(someQuery, { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        async (more, queries, folds) => {
          await commitEvents(store, more)
          events.push(...more)
          if (folds) await store.maintain()
          for (const query of queries) await expectRecount(store, events, query)
        },
      ),
      { numRuns: 25, endOnFailure: true },
    )
  })

  test('sums past 64 bits are exact', async () => {
    const store = await open()
    const most = Number.MAX_SAFE_INTEGER
    await commitEvents(
      store,
      Array.from({ length: 3000 }, () => anEvent({ requestBytes: most })),
    )
    await store.maintain()
    await commitEvents(store, [anEvent({ requestBytes: most })])
    expect(await rowsOf(store, BOTH, { metrics: ['requestBytes'] })).toEqual([[BigInt(most) * 3001n]])
  })

  test('an event that stands for very many calls is exact beside others of its keys, and never expanded', async () => {
    const store = await open()
    const calls = 1_000_000_000
    const heavy = anEvent({
      requestBytes: Number.MAX_SAFE_INTEGER,
      weight: { calls, durations: [{ micros: 9_000_000, calls: calls - 1 }] },
    })
    const single = anEvent({ durationMicros: 9_000_000, requestBytes: 1 })
    await commitEvents(store, [heavy, single, heavy, single, heavy])
    await store.maintain()
    await commitEvents(store, [heavy])
    const metrics = ['requests', 'status200', 'requestBytes', 'responseBytes', 'durationAvg', 'durationMax'] as const
    const bytes = BigInt(Number.MAX_SAFE_INTEGER) * 4n + 2n
    const expected = [[4 * calls + 2, 4 * calls + 2, bytes, null, 9000, 9000]]
    expect(await rowsOf(store, BOTH, { metrics })).toEqual(expected)
    expect(await rowsOf(store, BOTH, { metrics: ['durationP50', 'durationP99'] })).toEqual([[9000, 9000]])
  })

  test('an event of any age lands where it belongs', async () => {
    const store = await open()
    const times = [0, Date.UTC(1999, 11, 31, 23, 59), Date.UTC(2020, 1, 29), NOW - 8 * DAY_MS, NOW - 3 * 60_000, NOW]
    for (const time of times) await commitEvents(store, [anEvent({ time })])
    for (const time of times) {
      const start = Math.floor(time / DAY_MS) * DAY_MS
      const rows = await rowsOf(store, BOTH, { interval: { start, end: start + DAY_MS }, granularity: 'Day' })
      const sameDay = times.filter((other) => Math.floor(other / DAY_MS) * DAY_MS === start)
      expect(rows).toEqual([[start, sameDay.length]])
    }
  })

  test('the day that has 25 hours has all of them, the one that has 23 no more, and the days around them theirs', async () => {
    const store = await open()
    const hours = (from: number, count: number) =>
      Array.from({ length: count }, (_, hour) => anEvent({ time: from + hour * 3_600_000 }))
    const autumn = Date.parse('2025-10-24T00:00:00+02:00')
    const spring = Date.parse('2026-03-28T00:00:00+01:00')
    await commitEvents(store, [...hours(autumn, 24 + 24 + 25 + 24), ...hours(spring, 24 + 23 + 24 + 24)])
    const days = async (from: number, count: number) => {
      const interval = { start: from, end: from + count * 3_600_000 }
      return rowsOf(store, BOTH, { interval, granularity: 'Day', timeZone: 'Europe/Berlin' })
    }
    expect(
      (await days(autumn, 97)).map(([time, requests]) => [new Date(Number(time)).toISOString(), requests]),
    ).toEqual([
      ['2025-10-23T22:00:00.000Z', 24],
      ['2025-10-24T22:00:00.000Z', 24],
      ['2025-10-25T22:00:00.000Z', 25],
      ['2025-10-26T23:00:00.000Z', 24],
    ])
    expect(
      (await days(spring, 95)).map(([time, requests]) => [new Date(Number(time)).toISOString(), requests]),
    ).toEqual([
      ['2026-03-27T23:00:00.000Z', 24],
      ['2026-03-28T23:00:00.000Z', 23],
      ['2026-03-29T22:00:00.000Z', 24],
      ['2026-03-30T22:00:00.000Z', 24],
    ])
  })

  test('minutes of the last days are told apart, and become quarter hours when they are old', async () => {
    const store = await open()
    const start = NOW - 900_000
    await commitEvents(
      store,
      [0, 1, 1, 14].map((minute) => anEvent({ time: start + minute * 60_000 + 59_999 })),
    )
    const interval = { start, end: NOW }
    const minutes = await rowsOf(store, BOTH, { interval, granularity: 'Minute' })
    expect(minutes).toEqual([0, 1, 14].map((minute) => [start + minute * 60_000, minute === 1 ? 2 : 1]))
    await store.maintain()
    expect(await rowsOf(store, BOTH, { interval, granularity: 'Minute' })).toEqual(minutes)
  })

  test('rows come in the order that was asked for, strings by code point', async () => {
    const store = await open()
    const names = ['b', 'a', 'Z', 'ä', '\u{1F600}', '\uFB00']
    await commitEvents(
      store,
      names.flatMap((clientId, index) => Array(index % 3).fill(anEvent({ clientId }))),
    )
    await commitEvents(
      store,
      names.map((clientId) => anEvent({ clientId })),
    )
    const byName = await rowsOf(store, BOTH, { groupBy: ['clientId'], metrics: [] })
    expect(byName.flat()).toEqual(['Z', 'a', 'b', 'ä', '\uFB00', '\u{1F600}'])
    const byCount = await rowsOf(store, BOTH, { groupBy: ['clientId'], sortBy: [{ field: 'requests', order: 'desc' }] })
    expect(byCount.map(([, requests]) => requests)).toEqual([3, 3, 2, 2, 1, 1])
    const first = await rowsOf(store, BOTH, { groupBy: ['clientId'], metrics: [], maxRows: 2 })
    expect(first.flat()).toEqual(['Z', 'a'])
  })

  test('the first groups are those of the whole interval, and all others are one that no value can be taken for', async () => {
    const store = await open()
    const calls = (clientId: string, days: readonly number[]) =>
      days.map((day) => anEvent({ clientId, time: NOW - day * DAY_MS }))
    await commitEvents(store, [
      ...calls('a', [3, 3, 3]),
      ...calls('b', [2, 2]),
      ...calls('c', [2]),
      ...calls('(other)', [3, 2]),
    ])
    const query = {
      groupBy: ['clientId'],
      granularity: 'Day',
      sortBy: [
        { field: 'time', order: 'asc' },
        { field: 'requests', order: 'desc' },
      ],
      top: { groups: 2, other: true },
    } as const
    const rows = await rowsOf(store, BOTH, query)
    expect(rows.map(([time, ...rest]) => [Math.ceil((NOW - Number(time)) / DAY_MS), ...rest])).toEqual([
      [4, 'a', 3],
      [4, '(other)', 1],
      [3, '(other)', 1],
      [3, '(other)', 3],
    ])
    const alone = await rowsOf(store, BOTH, { ...query, granularity: undefined, top: { groups: 2, other: false } })
    expect(alone).toEqual([
      ['a', 3],
      ['(other)', 2],
    ])
  })

  test('an interval stands beside the one before, a count of nothing 0 and anything else null', async () => {
    const store = await open()
    await commitEvents(store, [
      anEvent({ time: OCTOBER.start, clientId: 'a', durationMicros: 2000 }),
      anEvent({ time: OCTOBER.start - 1, clientId: 'a', durationMicros: 4000 }),
      anEvent({ time: OCTOBER.start - 2, clientId: 'gone' }),
      anEvent({ time: OCTOBER.start + 1, clientId: 'new' }),
    ])
    const previous = { start: OCTOBER.start - 31 * DAY_MS, end: OCTOBER.start }
    const query = { interval: OCTOBER, previous, groupBy: ['clientId'], metrics: ['requests', 'durationMax'] } as const
    expect(await rowsOf(store, BOTH, query)).toEqual([
      ['a', 1, 2, 1, 4],
      ['new', 1, null, 0, null],
    ])
    const { facts } = await store.query(BOTH, { ...TOTAL, ...query }, { facts: true })
    expect(facts?.newestEvent).toBe(OCTOBER.start + 1)
    expect(facts?.rowsScanned).toBeGreaterThan(0)
  })

  test('a query’s rows are of one moment, whatever is committed while they are read', async () => {
    const store = await open()
    await commitEvents(
      store,
      Array.from({ length: 10_000 }, (_, index) => anEvent({ clientId: `c${index}` })),
    )
    const { chunks } = await store.query(BOTH, { ...TOTAL, groupBy: ['clientId'] })
    let requests = 0
    for await (const chunk of chunks) {
      await commitEvents(
        store,
        Array.from({ length: 100 }, (_, index) => anEvent({ clientId: `c${index * 97}` })),
      )
      for (const [, count] of chunk) requests += Number(count)
    }
    expect(requests).toBe(10_000)
  })

  test('an aborted query ends with the reason it was aborted for', async () => {
    const store = await open()
    await commitEvents(store, [anEvent()])
    const reason = new Error('the caller went away')
    await expect(rowsOf(store, BOTH, {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test('values past an organization’s cap are counted as (overflow), and no count is lost', async () => {
    const store = await open({ caps: { clientId: 2 } })
    await commitEvents(
      store,
      ['a', 'b', 'c', 'd', 'a', UNMATCHED].map((clientId) => anEvent({ clientId })),
    )
    await commitEvents(store, [anEvent({ clientId: 'e', organizationId: 'globex' })])
    const rows = await rowsOf(store, makeScope(['acme']), { groupBy: ['clientId'] })
    expect(new Map(rows as [string, number][])).toEqual(
      new Map([
        ['a', 2],
        ['b', 1],
        [OVERFLOW, 2],
        [UNMATCHED, 1],
      ]),
    )
    expect(await rowsOf(store, makeScope(['globex']), { groupBy: ['clientId'] })).toEqual([['e', 1]])
  })
}

/** Every metric of a query equals a recount of the raw events. */
export async function expectRecount(
  store: UsageStore,
  events: readonly UsageEvent[],
  query: UsageQuery,
): Promise<void> {
  const expected = recount(events, ['acme', 'globex'], query)
  const rows = await rowsOf(store, BOTH, query)
  const found = new Map(rows.map((row) => [keyOf(row, query), row]))
  expect(new Set(found.keys())).toEqual(new Set(expected.keys()))
  expect(rows).toHaveLength(expected.size)
  const firstMetric = query.groupBy.length + (query.granularity === undefined ? 0 : 1)
  for (const [key, metrics] of expected) {
    for (const [index, metric] of query.metrics.entries()) {
      const value = found.get(key)?.[firstMetric + index]
      const exact = metrics[metric] ?? null
      const tolerance = metric.startsWith('durationP')
        ? 0.02
        : metric === 'durationAvg' || metric.endsWith('Rate')
          ? 1e-9
          : 0
      if (exact === null || tolerance === 0) expect(value, `${metric} of ${key}`).toBe(exact)
      else expect(Math.abs(Number(value) - exact), `${metric} of ${key}`).toBeLessThanOrEqual(exact * tolerance)
    }
  }
}

function keyOf(row: readonly UsageValue[], { granularity, groupBy, timeZone }: UsageQuery): string {
  if (granularity === undefined) return JSON.stringify(row.slice(0, groupBy.length))
  const label = periodLabel(Number(row[0]), granularity, timeZone)
  return JSON.stringify([label, ...row.slice(1, groupBy.length + 1)])
}

function describeDuplicates(open: Open, reopen: Reopen, requestsOf: RequestsOf, under: () => StoreUnderTest): void {
  const batch = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) =>
      anEvent({ id: `event-${from + index}`, time: NOW - (from + index) * 60_000 }),
    )

  test('an event that is sent again counts once: in its commit, another, in parallel, in another order, after a restart', async () => {
    const store = await open()
    expect(await commitEvents(store, [...batch(0, 3), ...batch(1, 3)])).toBe(2)
    const duplicates = await Promise.all([
      commitEvents(store, batch(0, 50)),
      commitEvents(store, batch(25, 50).toReversed()),
      commitEvents(store, batch(0, 75)),
    ])
    expect(50 + 50 + 75 - duplicates.reduce((sum, count) => sum + count, 0)).toBe(75 - 4)
    const again = await reopen(store)
    expect(await commitEvents(again, batch(0, 75))).toBe(75)
    expect(await requestsOf(again)).toBe(75)
  })

  test('an event that stands for many calls is a duplicate as a whole, each of its calls counted among them', async () => {
    const store = await open()
    const weight = { calls: 12, durations: [{ micros: 10_000, calls: 5 }] }
    const weighted = anEvent({ id: 'w', weight })
    expect(await commitEvents(store, [weighted, anEvent({ id: 'x' }), weighted])).toBe(12)
    expect(await commitEvents(store, [anEvent({ id: 'x' }), weighted, anEvent({ id: 'w', time: 1, weight })])).toBe(13)
    expect(await requestsOf(await reopen(store))).toBe(12 + 1 + 12)
  })

  test('the same id at another time or in another organization is another event, and without an id every one counts', async () => {
    const store = await open()
    const event = anEvent({ id: 'x' })
    await commitEvents(store, [
      event,
      { ...event, time: event.time + 1 },
      { ...event, organizationId: 'globex' },
      event,
    ])
    await commitEvents(store, [anEvent(), anEvent()])
    expect(await requestsOf(store)).toBe(5)
  })

  test('ids are found however little memory they may have, for 35 days after they arrived, and across restarts', async () => {
    let store = await open({ dedupeMemoryBytes: 4096 })
    for (let day = 0; day < 36; day++) {
      expect(await commitEvents(store, batch(day * 60, 60))).toBe(0)
      expect(await commitEvents(store, batch(0, (day + 1) * 60))).toBe((day + 1) * 60)
      await store.maintain()
      if (day % 12 === 0) store = await reopen(store, { dedupeMemoryBytes: 4096 })
      under().clock.now += DAY_MS
    }
    await store.maintain()
    expect(await commitEvents(store, batch(60, 60))).toBe(60)
    expect(await commitEvents(store, batch(0, 60))).toBe(0)
  })
}

function describeTenancy(open: Open, requestsOf: RequestsOf): void {
  test('a scope sees its own organizations and nothing else, whatever it filters by', async () => {
    const store = await open()
    await commitEvents(store, [anEvent({ clientId: 'a' }), anEvent({ clientId: 'b', organizationId: 'globex' })])
    expect(await rowsOf(store, makeScope(['acme']), { groupBy: ['organizationId', 'clientId'] })).toEqual([
      ['acme', 'a', 1],
    ])
    expect(await rowsOf(store, makeScope(['acme']), { filters: { organizationId: ['globex'] } })).toEqual([])
    expect(await rowsOf(store, makeScope(['acme']), { filters: { clientId: ['b'] } })).toEqual([])
    expect(await rowsOf(store, makeScope(['nobody']))).toEqual([])
  })

  test('a client’s scope sees the calls of that client alone, in every organization it names', async () => {
    const store = await open()
    const calls = ['acme', 'globex', 'initech'].flatMap((organizationId) =>
      ['a', 'b'].map((clientId) => anEvent({ organizationId, clientId })),
    )
    await commitEvents(store, [...calls, anEvent({ organizationId: 'globex', clientId: 'zz' })])
    const scope = makeScope(['acme', 'globex'], 'a')
    expect(await rowsOf(store, scope, { groupBy: ['organizationId', 'clientId'] })).toEqual([
      ['acme', 'a', 1],
      ['globex', 'a', 1],
    ])
    expect(await rowsOf(store, scope, { filters: { clientId: ['b'] } })).toEqual([])
    expect(await rowsOf(store, scope, { groupBy: ['templateUri'] })).toEqual([['api/v2/users', 2]])
  })

  test('a client’s name is the registered one, else that of its latest event that had one, the greatest of a tie', async () => {
    const store = await open()
    const at = Date.UTC(2026, 9, 5)
    await commitEvents(store, [
      anEvent({ clientName: 'old', time: at }),
      anEvent({ clientName: 'new', time: at + 2 }),
      anEvent({ time: at + 3 }),
    ])
    await commitEvents(store, [
      anEvent({ clientName: 'between', time: at + 1 }),
      anEvent({ clientId: 'tie', clientName: 'x', time: at }),
      anEvent({ clientId: 'tie', clientName: 'y', time: at }),
    ])
    await commitEvents(store, [
      anEvent({ clientId: 'registered', clientName: 'claimed' }),
      anEvent({ clientId: 'registered', organizationId: 'globex', clientName: 'claimed' }),
    ])
    const clientNames = [{ organizationId: 'acme', clientId: 'registered', name: 'Registered' }]
    const named = () => rowsOf(store, BOTH, { groupBy: ['clientId', 'clientName'] }, { clientNames })
    const expected = [
      ['c', 'new', 4],
      ['registered', 'Registered', 1],
      ['registered', 'claimed', 1],
      ['tie', 'y', 2],
    ]
    expect(await named()).toEqual(expected)
    await store.maintain()
    expect(await named()).toEqual(expected)
    expect(await rowsOf(store, BOTH, { filters: { clientName: ['Registered', 'y'] } }, { clientNames })).toEqual([[3]])
  })

  test('an organization that is erased is gone, its ids too, and the others are as they were', async () => {
    const store = await open()
    const events = [anEvent({ id: '1', fromPlatform: true }), anEvent({ id: '2', organizationId: 'globex' })]
    await commitEvents(store, events)
    await store.maintain()
    await commitEvents(store, [anEvent({ id: '3' })])
    await store.erase('acme')
    expect(await requestsOf(store)).toBe(1)
    expect(await store.authorizedClients(['acme'])).toEqual([])
    expect(await store.describe('acme')).toEqual({ requests: 0, newestEvent: undefined })
    expect(await commitEvents(store, events)).toBe(1)
    expect(await rowsOf(store, makeScope(['acme']), { groupBy: ['clientId'] })).toEqual([['c', 1]])
  })

  test('an organization that was asked about, erased and made anew is found under its new number', async () => {
    const store = await open()
    const ask = () => rowsOf(store, makeScope(['acme']), { groupBy: ['clientId'] })
    await commitEvents(store, [anEvent({ id: '1' })])
    expect(await ask()).toEqual([['c', 1]])
    await store.erase('acme')
    expect(await ask()).toEqual([])
    await commitEvents(store, [anEvent({ id: '2', clientId: 'anew' })])
    expect(await ask()).toEqual([['anew', 1]])
    expect(await ask()).toEqual([['anew', 1]])
  })
}

function describeKeeping(open: Open, reopen: Reopen, requestsOf: RequestsOf, under: () => StoreUnderTest): void {
  test('what is past retention is gone from every tier, and what is not stays', async () => {
    const store = await open()
    const cut = Date.UTC(2026, 9, 10, 12)
    await commitEvents(
      store,
      [-DAY_MS, -900_000, 0, DAY_MS].map((after) => anEvent({ time: cut + after, durationMicros: 1 })),
    )
    await store.maintain()
    await commitEvents(
      store,
      [-2 * DAY_MS, -1, 1].map((after) => anEvent({ time: cut + after, durationMicros: 1 })),
    )
    await store.retain(cut)
    expect(await requestsOf(store)).toBe(3)
    expect(await rowsOf(store, BOTH, { groupBy: ['userId'] })).toEqual([['', 3]])
    await store.maintain()
    expect(await rowsOf(store, BOTH, { granularity: 'Day', metrics: ['requests', 'durationP50'] })).toEqual([
      [Date.UTC(2026, 9, 10), 2, 0.001],
      [Date.UTC(2026, 9, 11), 1, 0.001],
    ])
  })

  test('everything is there again after a restart, and days later', async () => {
    const store = await open()
    const events = Array.from({ length: 200 }, (_, index) =>
      anEvent({ time: NOW - index * 3_600_000, clientId: `c${index % 7}`, clientName: 'n', durationMicros: index }),
    )
    await commitEvents(store, events)
    const query = { groupBy: ['clientId', 'clientName'], metrics: ['requests', 'durationP95', 'durationMax'] } as const
    const before = await rowsOf(store, BOTH, query)
    const again = await reopen(store)
    expect(await rowsOf(again, BOTH, query)).toEqual(before)
    under().clock.now += 20 * DAY_MS
    await again.maintain()
    await again.maintain()
    expect(await rowsOf(again, BOTH, query)).toEqual(before)
    expect(await rowsOf(again, BOTH, { ...query, groupBy: [...query.groupBy, 'httpMethod'] })).toHaveLength(7)
  })

  test('an organization is described exactly: its calls and its newest event', async () => {
    const store = await open()
    expect(await store.describe('acme')).toEqual({ requests: 0, newestEvent: undefined })
    await commitEvents(store, [
      anEvent({ time: 5 }),
      anEvent({ time: 3 }),
      anEvent({ time: 9, organizationId: 'globex' }),
    ])
    await store.maintain()
    await commitEvents(store, [anEvent({ time: 4 })])
    expect(await store.describe('acme')).toEqual({ requests: 3, newestEvent: 5 })
  })
}
