import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anEvent } from '../domain/an-event.ts'
import { OVERFLOW } from '../domain/catalogue.ts'
import { makeScope } from '../domain/scope.ts'
import { commitEvents } from './commit-events.ts'
import type { CountedCalls, UsageStore, UsageWatcher, ValueSearch } from './usage-store.ts'

type Open = (options?: { caps?: { clientId: number } }) => Promise<UsageStore>
type Reopen = (store: UsageStore) => Promise<UsageStore>

/** What a watcher was told. */
class Told implements UsageWatcher {
  readonly commits: (readonly CountedCalls[])[] = []
  recounts = 0

  counted(calls: readonly CountedCalls[]): void {
    this.commits.push(calls)
  }

  recounted(): void {
    this.recounts += 1
  }

  get calls(): number {
    return this.commits.flat().reduce((sum, { calls }) => sum + calls, 0)
  }
}

const MINUTE_MS = 60_000
const START = Date.UTC(2026, 9, 1)

/** The part of the contract suite about watching what is counted, and about which values there are. */
export function describeWatching(open: Open, reopen: Reopen): void {
  test('who watches is told what a commit counted, before it resolves: neither duplicates nor what is another’s', async () => {
    const store = await open()
    const told = new Told()
    store.watch('acme', told)
    const one = anEvent({ id: 'one', clientName: 'The client', userId: 'u', platform: 'web', status: 201 })
    const other = anEvent({ id: 'two', organizationId: 'globex' })
    await commitEvents(store, [one, { ...one, time: one.time + MINUTE_MS, durationMicros: 5 }, one, other])
    const first = {
      ...{ clientId: 'c', clientName: 'The client', userId: 'u', templateUri: 'api/v2/users', httpMethod: 'GET' },
      ...{ platform: 'web', status: 200, calls: 2 },
    }
    expect(told.commits).toEqual([[first]])
    await commitEvents(store, [one, other])
    await commitEvents(store, [one, anEvent({ id: 'three', status: 429 }), anEvent({ status: 404 })])
    expect(
      told.commits
        .slice(1)
        .flat()
        .map(({ status, calls }) => [status, calls]),
    ).toEqual([
      [429, 1],
      [400, 1],
    ])
  })

  test('a call that stands for many is told as many, and what is past a cap as what it is counted under', async () => {
    const store = await open({ caps: { clientId: 1 } })
    const told = new Told()
    store.watch('acme', told)
    const weight = { calls: 1_000_000, durations: [{ micros: 10, calls: 7 }] }
    await commitEvents(store, [
      anEvent({ clientId: 'a', weight }),
      anEvent({ clientId: 'b' }),
      anEvent({ clientId: 'd' }),
    ])
    expect(told.commits.flat().map(({ clientId, calls }) => [clientId, calls])).toEqual([
      ['a', 1_000_000],
      [OVERFLOW, 2],
    ])
  })

  test('from its end on, and after a failure of its own, nobody is told and everything is counted', async () => {
    const store = await open()
    const told = new Told()
    const end = store.watch('acme', told)
    await commitEvents(store, [anEvent()])
    end()
    const failing = {
      counted: () => {
        throw new Error('a mistake')
      },
      recounted: () => {},
    }
    store.watch('acme', failing)
    await commitEvents(store, [anEvent()])
    await commitEvents(store, [anEvent()])
    expect(told.calls).toBe(1)
    expect(await store.describe('acme')).toMatchObject({ requests: 3 })
  })

  test('who watches is told when what was counted is moved or erased', async () => {
    const store = await open()
    const [told, stranger] = [new Told(), new Told()]
    store.watch('acme', told)
    store.watch('globex', stranger)
    await commitEvents(store, [anEvent({ templateUri: 'a' }), anEvent({ organizationId: 'globex', templateUri: 'a' })])
    await store.moveTemplates('acme', [{ from: 'never', to: 'b' }])
    expect(told.recounts).toBe(0)
    await store.moveTemplates('acme', [{ from: 'a', to: 'b' }])
    expect(told.recounts).toBe(1)
    await commitEvents(store, [anEvent({ templateUri: 'b' })])
    expect(told.commits.at(-1)).toMatchObject([{ templateUri: 'b', calls: 1 }])
    await store.erase('acme')
    expect([told.recounts, stranger.recounts]).toEqual([2, 0])
    await commitEvents(store, [anEvent({ templateUri: 'b', clientId: 'anew' })])
    expect(told.commits.at(-1)).toMatchObject([{ templateUri: 'b', clientId: 'anew', calls: 1 }])
  })

  test('all that was told comes to what a query counts, whatever is sent again and at once', async () => {
    const store = await open()
    const told = new Told()
    store.watch('acme', told)
    const event = fc.record({
      id: fc.oneof(fc.constant(undefined), fc.integer({ max: 9, min: 0 }).map(String)),
      clientId: fc.constantFrom('', 'a', 'b'),
      templateUri: fc.constantFrom('x', 'y'),
      status: fc.constantFrom(200, 404, 429, 503, 101),
      time: fc.integer({ min: 0, max: 3 }).map((minutes) => START + minutes * MINUTE_MS),
      organizationId: fc.constantFrom('acme', 'globex'),
    })
    const commits = fc.array(fc.array(event, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(commits, async (batches) => {
        const send = (batch: (typeof batches)[number]) =>
          commitEvents(
            store,
            batch.map((each) => anEvent(each)),
          )
        await Promise.all(batches.map(send))
        await Promise.all(batches.map(send))
        expect(groupsTold(told)).toEqual(await groupsCounted(store))
      }),
      { numRuns: 25 },
    )
  })

  test('the values of a dimension are those that were counted, by prefix in any case, by code point', async () => {
    let store = await open()
    const named = (clientId: string, clientName: string) =>
      anEvent({ clientId, clientName, userId: `User ${clientId}` })
    const strangers = anEvent({ organizationId: 'globex', clientId: 'abroad', clientName: 'Abroad', userId: 'User x' })
    await commitEvents(store, [named('B', 'Beta'), named('a', 'Alpha'), named('ab', 'alphabet'), anEvent(), strangers])
    const ask = async (search: Partial<ValueSearch> & Pick<ValueSearch, 'dimension'>) =>
      store.dimensionValues('acme', { prefix: '', limit: 10, ...search })
    const valuesOf = async (search: Parameters<typeof ask>[0]) => (await ask(search)).map(({ value }) => value)
    for (let restarts = 0; restarts < 2; restarts++) {
      expect(await valuesOf({ dimension: 'clientId' })).toEqual(['B', 'a', 'ab', 'c'])
      expect(await valuesOf({ dimension: 'clientId', prefix: 'A', limit: 1 })).toEqual(['a'])
      expect(await valuesOf({ dimension: 'userId', prefix: 'user a' })).toEqual(['User a', 'User ab'])
      expect(await valuesOf({ dimension: 'userId', prefix: '%' })).toEqual([])
      expect(await valuesOf({ dimension: 'statusClass', prefix: '4' })).toEqual(['4xx'])
      expect(await valuesOf({ dimension: 'organizationId' })).toEqual(['acme'])
      const clientNames = [
        { organizationId: 'acme', clientId: 'a', name: 'Registered' },
        { organizationId: 'acme', clientId: 'never-called', name: 'Rare' },
      ]
      expect(await ask({ dimension: 'clientId', clientNames })).toEqual([
        { value: 'B', clientName: 'Beta' },
        { value: 'a', clientName: 'Registered' },
        { value: 'ab', clientName: 'alphabet' },
        { value: 'c', clientName: '' },
      ])
      expect(await valuesOf({ dimension: 'clientName', clientNames })).toEqual(['Beta', 'Registered', 'alphabet'])
      expect(await valuesOf({ dimension: 'clientName', prefix: 'R', clientNames })).toEqual(['Registered'])
      await store.maintain()
      store = await reopen(store)
    }
    expect(await store.dimensionValues('never', { dimension: 'userId', prefix: '', limit: 10 })).toEqual([])
  })
}

function groupsTold({ commits }: Told): Record<string, number> {
  const groups: Record<string, number> = {}
  for (const { clientId, templateUri, status, calls } of commits.flat()) {
    const key = [clientId, templateUri, `${String(status).charAt(0)}xx`].join()
    groups[key] = (groups[key] ?? 0) + calls
  }
  return groups
}

async function groupsCounted(store: UsageStore): Promise<Record<string, number>> {
  const { chunks } = await store.query(makeScope(['acme']), {
    interval: { start: START - 86_400_000, end: START + 86_400_000 },
    timeZone: 'UTC',
    granularity: undefined,
    groupBy: ['clientId', 'templateUri', 'statusClass'],
    metrics: ['requests'],
    filters: {},
    sortBy: [],
  })
  const groups: Record<string, number> = {}
  for await (const chunk of chunks) for (const row of chunk) groups[row.slice(0, 3).join()] = Number(row[3])
  return groups
}
