import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { anEvent } from '../domain/an-event.ts'
import { METRIC_NAMES, METRICS, OVERFLOW, UNMATCHED } from '../domain/catalogue.ts'
import { makeScope } from '../domain/scope.ts'
import type { UsageEvent } from '../domain/usage-event.ts'
import { commitEvents } from './commit-events.ts'
import { expectRecount, NOW, rowsOf, type StoreUnderTest } from './usage-store.contract.ts'
import type { TemplateMove, UsageStore } from './usage-store.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const EVER = { start: 0, end: Math.floor(NOW / DAY_MS) * DAY_MS + 400 * DAY_MS }
const ACME = makeScope(['acme'])
const TEMPLATES = ['users/{id}', 'users/{userId}', 'teams/{id}', 'teams/{teamId}', 'a', UNMATCHED] as const

/** Around now, where minutes are kept, around where they end, and long ago. */
const someAge = fc.oneof(
  fc.integer({ min: 0, max: 2 * DAY_MS }),
  fc.integer({ min: 6 * DAY_MS, max: 11 * DAY_MS }),
  fc.integer({ min: 30 * DAY_MS, max: 70 * DAY_MS }),
)
const someEvents = fc.array(
  fc.record({
    age: someAge,
    organizationId: fc.constantFrom('acme', 'acme', 'globex'),
    templateUri: fc.constantFrom(...TEMPLATES),
    userId: fc.constantFrom('', 'ann'),
    status: fc.constantFrom(200, 404, 429, 500),
    durationMicros: fc.option(fc.nat(5_000_000), { nil: undefined }),
    requestBytes: fc.option(fc.nat(1_000_000), { nil: undefined }),
  }),
  { maxLength: 25 },
)
const someMoves = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...TEMPLATES), fc.constantFrom(...TEMPLATES, 'new')), {
    minLength: 1,
    maxLength: 4,
    selector: ([from]) => from,
  })
  .map((pairs) => pairs.map(([from, to]): TemplateMove => ({ from, to })))
const someStep = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('commit' as const), events: someEvents }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), moves: someMoves }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('maintain' as const), days: fc.constantFrom(0, 0, 3, 12) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
)

/** The part of the contract about counting under other route templates what was counted (decisions.md 4). */
export function describeMovedTemplates(engine: string, create: () => StoreUnderTest): void {
  describe(`${engine}, when route templates are moved`, () => {
    let under: StoreUnderTest
    let store: UsageStore
    const open = async (options?: Parameters<StoreUnderTest['open']>[0]) => {
      under = create()
      store = await under.open(options)
    }
    const reopen = async (options?: Parameters<StoreUnderTest['open']>[0]) => {
      await store[Symbol.asyncDispose]()
      store = await under.open(options)
    }
    const close = async () => {
      await store[Symbol.asyncDispose]()
      under.remove()
    }
    const callsOf = async (scope = ACME) =>
      new Map((await rowsOf(store, scope, { interval: EVER, groupBy: ['templateUri'] })) as [string, number][])

    let isOpen = false
    afterEach(async () => {
      if (isOpen) await close()
      isOpen = false
    })
    const openOne = async (options?: Parameters<StoreUnderTest['open']>[0]) => {
      await open(options)
      isOpen = true
    }

    test('every metric equals a recount of the events with their new templates, in every tier, through folds and restarts', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(someStep, { minLength: 3, maxLength: 10 }), async (steps) => {
          await open()
          try {
            let events: UsageEvent[] = []
            for (const step of steps) {
              if (step.kind === 'commit') {
                const more = step.events.map(({ age, ...rest }) => anEvent({ ...rest, time: under.clock.now - age }))
                await commitEvents(store, more)
                events.push(...more)
              } else if (step.kind === 'move') {
                const counted = (from: string) =>
                  events.filter((event) => event.organizationId === 'acme' && event.templateUri === from).length
                const expected = step.moves.map(({ from, to }) => (isMoved(from, to) ? counted(from) : 0))
                expect(await store.moveTemplates('acme', step.moves)).toEqual(expected)
                events = events.map((event) => moved(event, step.moves))
              } else if (step.kind === 'maintain') {
                under.clock.now += step.days * DAY_MS
                await store.maintain()
              } else await reopen()
            }
            await expectAll(store, events)
            await store.maintain()
            await expectAll(store, events)
          } finally {
            await close()
          }
        }),
        { numRuns: 15, endOnFailure: true },
      )
    }, 60_000)

    test('what is committed at the same time is counted once, under the one or the other', async () => {
      await openOne()
      const batch = (from: number) =>
        Array.from({ length: 50 }, (_, index) =>
          anEvent({ templateUri: 'users/{id}', time: NOW - (from + index) * MINUTE_MS, id: `${from + index}` }),
        )
      const moves = [{ from: 'users/{id}', to: 'users/{userId}' }]
      const commits = Array.from({ length: 40 }, (_, index) => () => commitEvents(store, batch(index * 50)))
      const all = commits.map(async (commit, index) => {
        await commit()
        if (index % 10 === 5) await store.maintain()
        return index % 5 === 3 ? store.moveTemplates('acme', moves) : [0]
      })
      const during = (await Promise.all(all)).flat().reduce((sum, calls) => sum + calls, 0)
      const before = await callsOf()
      expect(before.get('users/{userId}') ?? 0).toBe(during)
      expect(during + (before.get('users/{id}') ?? 0)).toBe(2_000)
      expect(await store.moveTemplates('acme', moves)).toEqual([2_000 - during])
      // Ids that were counted come again and are known, wherever they are counted now.
      expect(await commitEvents(store, batch(0))).toBe(50)
      expect(await callsOf()).toEqual(new Map([['users/{userId}', 2_000]]))
      await reopen()
      expect(await commitEvents(store, batch(50))).toBe(50)
      expect(await callsOf()).toEqual(new Map([['users/{userId}', 2_000]]))
    })

    test('(unmatched) and (overflow) stay, nothing is taken from another organization, and one without usage has nothing', async () => {
      await openOne({ caps: { templateUri: 1 } })
      await commitEvents(store, [
        ...['users/{id}', 'past the cap', UNMATCHED].map((templateUri) => anEvent({ templateUri })),
        anEvent({ organizationId: 'globex', templateUri: 'users/{id}' }),
      ])
      const froms = ['users/{id}', 'past the cap', UNMATCHED, OVERFLOW, 'never', '']
      const moves = froms.map((from) => ({ from, to: 'users/{userId}' }))
      expect(await store.moveTemplates('acme', moves)).toEqual([1, 0, 0, 0, 0, 0])
      expect(await callsOf()).toEqual(
        new Map([
          ['users/{userId}', 1],
          [OVERFLOW, 1],
          [UNMATCHED, 1],
        ]),
      )
      expect(await callsOf(makeScope(['globex']))).toEqual(new Map([['users/{id}', 1]]))
      expect(await store.moveTemplates('nobody', moves)).toEqual([0, 0, 0, 0, 0, 0])
    })

    test('places in the organization’s cap come free, also for those who have the numbers of texts at hand', async () => {
      await openOne({ caps: { templateUri: 3 } })
      const count = (...templates: string[]) =>
        commitEvents(
          store,
          templates.map((templateUri) => anEvent({ templateUri })),
        )
      await count('u/1', 'u/2', 'u/3', 'u/4')
      const moves = ['u/1', 'u/2', 'u/3'].map((from) => ({ from, to: 'u/{id}' }))
      expect(new Set(await store.countedTemplates('acme'))).toEqual(new Set(['u/1', 'u/2', 'u/3', OVERFLOW]))
      expect(await store.moveTemplates('acme', moves)).toEqual([1, 1, 1])
      expect(new Set(await store.countedTemplates('acme'))).toEqual(new Set(['u/{id}', OVERFLOW]))
      await count('u/1', 'new')
      const expected = new Map([
        ['u/{id}', 3],
        [OVERFLOW, 1],
        ['u/1', 1],
        ['new', 1],
      ])
      expect(await callsOf()).toEqual(expected)
      await reopen({ caps: { templateUri: 3 } })
      await count('another')
      expect(await callsOf()).toEqual(new Map([...expected, [OVERFLOW, 2]]))
      expect(await store.countedTemplates('nobody')).toEqual([])
    })
  })
}

function isMoved(from: string, to: string): boolean {
  return from !== to && from !== UNMATCHED
}

function moved(event: UsageEvent, moves: readonly TemplateMove[]): UsageEvent {
  const move = moves.find(({ from, to }) => from === event.templateUri && isMoved(from, to))
  return move === undefined || event.organizationId !== 'acme' ? event : { ...event, templateUri: move.to }
}

async function expectAll(store: UsageStore, events: readonly UsageEvent[]): Promise<void> {
  const query = { interval: EVER, timeZone: 'UTC', filters: {}, sortBy: [] }
  await expectRecount(store, events, {
    ...query,
    granularity: 'Day',
    groupBy: ['organizationId', 'templateUri'],
    metrics: METRIC_NAMES,
  })
  const byUser = ['organizationId', 'templateUri', 'userId'] as const
  const metrics = METRIC_NAMES.filter((metric) => METRICS[metric].notBy.every((name) => name !== 'userId'))
  await expectRecount(store, events, { ...query, granularity: undefined, groupBy: byUser, metrics })
  await expectRecount(store, events, { ...query, granularity: 'Hour', groupBy: ['templateUri'], metrics: ['requests'] })
}
