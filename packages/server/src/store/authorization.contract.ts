import { expect, test } from 'vitest'
import { anEvent } from '../domain/an-event.ts'
import { OVERFLOW } from '../domain/catalogue.ts'
import { makeScope } from '../domain/scope.ts'
import type { UsageEvent } from '../domain/usage-event.ts'
import { commitEvents } from './commit-events.ts'
import type { UsageStore } from './usage-store.ts'

type Open = (options?: { caps?: { clientId: number } }) => Promise<UsageStore>
type Reopen = (store: UsageStore, options?: { caps?: { clientId: number } }) => Promise<UsageStore>

const reported = (differences: Partial<UsageEvent> = {}) => anEvent({ fromPlatform: true, ...differences })
const A_IN_ACME = { organizationId: 'acme', clientId: 'a' }

/** The part of the contract suite about where clients are authorized (decisions.md 15). */
export function describeAuthorization(open: Open, reopen: Reopen): void {
  test('a client is authorized where the platform reported it, and nobody else’s word counts', async () => {
    const store = await open()
    await commitEvents(store, [
      reported({ clientId: 'a' }),
      anEvent({ clientId: 'b' }),
      anEvent({ clientId: 'b', organizationId: 'globex' }),
      reported({ clientId: '' }),
    ])
    await commitEvents(store, [reported({ clientId: 'a' }), reported({ clientId: 'a', organizationId: 'globex' })])
    expect(await store.authorizedClients(['acme'])).toEqual([A_IN_ACME])
    expect(await store.organizationsOf('a')).toEqual(['acme', 'globex'])
    for (const nobody of ['b', '', 'never']) expect(await store.organizationsOf(nobody)).toEqual([])
  })

  test('a client is authorized by the platform’s word alone, seen before or not, where nothing was ever counted too', async () => {
    const store = await open()
    await commitEvents(store, [anEvent({ clientId: 'a' })])
    for (let times = 0; times < 2; times++) await store.authorize('acme', 'a')
    await store.authorize('acme', 'ü')
    await store.authorize('empty', 'a')
    expect(await store.organizationsOf('a')).toEqual(['acme', 'empty'])
    expect(await store.authorizedClients(['acme'])).toEqual([A_IN_ACME, { organizationId: 'acme', clientId: 'ü' }])
    expect(await store.describe('empty')).toEqual({ requests: 0, newestEvent: undefined })
    await commitEvents(store, [anEvent({ clientId: 'ü' }), anEvent({ clientId: 'a', organizationId: 'empty' })])
    expect(await callsByClient(store, ['acme', 'empty'])).toEqual([
      ['a', 2],
      ['ü', 1],
    ])
  })

  test('what was authorized and withdrawn is so after folds and restarts', async () => {
    let store = await open()
    await commitEvents(store, [reported({ clientId: 'a' }), reported({ clientId: 'b' })])
    await store.authorize('globex', 'a')
    expect(await store.withdraw('acme', 'b')).toBe(true)
    for (let restarts = 0; restarts < 2; restarts++) {
      await store.maintain()
      store = await reopen(store)
      expect(await store.authorizedClients(['acme', 'globex'])).toEqual([
        A_IN_ACME,
        { organizationId: 'globex', clientId: 'a' },
      ])
      expect(await store.withdraw('acme', 'b')).toBe(false)
    }
    expect(await callsByClient(store, ['acme'])).toEqual([
      ['a', 1],
      ['b', 1],
    ])
  })

  test('what is withdrawn comes back with another call that the platform reports, not with one that it sends again', async () => {
    const store = await open()
    const first = reported({ clientId: 'a', id: '1' })
    await commitEvents(store, [first])
    await store.withdraw('acme', 'a')
    expect(await commitEvents(store, [first])).toBe(1)
    await commitEvents(store, [anEvent({ clientId: 'a', id: '2' })])
    const again = await reopen(store)
    await commitEvents(again, [first])
    expect(await again.organizationsOf('a')).toEqual([])
    await commitEvents(again, [{ ...first, id: '3' }])
    expect(await again.organizationsOf('a')).toEqual(['acme'])
  })

  test('only what is authorized can be withdrawn', async () => {
    const store = await open()
    await commitEvents(store, [anEvent({ clientId: 'a' }), reported({ clientId: 'b' })])
    for (const [organizationId, clientId] of [
      ['acme', 'a'],
      ['acme', 'never'],
      ['globex', 'b'],
      ['acme', OVERFLOW],
    ] as const) {
      expect(await store.withdraw(organizationId, clientId)).toBe(false)
    }
    expect(await store.organizationsOf('b')).toEqual(['acme'])
  })

  test('commits, authorizations and withdrawals at once lose and double nothing', async () => {
    const store = await open()
    const clients = Array.from({ length: 20 }, (_, index) => `c${String(index).padStart(2, '0')}`)
    await Promise.all(
      clients.flatMap((clientId) => [
        commitEvents(store, [anEvent({ clientId }), reported({ clientId, organizationId: 'globex' })]),
        store.authorize('acme', clientId),
        commitEvents(store, [anEvent({ clientId }), reported({ clientId })]),
        store.authorize('acme', clientId),
      ]),
    )
    const half = clients.filter((_, index) => index % 2 === 0)
    await Promise.all([
      ...half.flatMap((clientId) => [store.withdraw('acme', clientId), commitEvents(store, [anEvent({ clientId })])]),
      store.maintain(),
    ])
    const again = await reopen(store)
    const left = clients.filter((clientId) => !half.includes(clientId))
    expect(await again.authorizedClients(['acme'])).toEqual(
      left.map((clientId) => ({ organizationId: 'acme', clientId })),
    )
    expect((await again.authorizedClients(['globex'])).length).toBe(clients.length)
    expect(await callsByClient(again, ['acme'])).toEqual(
      clients.map((clientId) => [clientId, half.includes(clientId) ? 4 : 3]),
    )
  })

  test('past the cap of clients the platform’s word gives a client a place, a reported call does not', async () => {
    const caps = { clientId: 1 }
    const store = await open({ caps })
    await commitEvents(store, [
      anEvent({ clientId: 'a' }),
      reported({ clientId: 'late' }),
      reported({ clientId: OVERFLOW }),
    ])
    for (const clientId of ['late', OVERFLOW]) expect(await store.organizationsOf(clientId)).toEqual([])
    await store.authorize('acme', 'late')
    await commitEvents(store, [anEvent({ clientId: 'late' }), reported({ clientId: 'later' })])
    const again = await reopen(store, { caps })
    await commitEvents(again, [anEvent({ clientId: 'late' }), anEvent({ clientId: 'latest' })])
    expect(await again.authorizedClients(['acme'])).toEqual([{ organizationId: 'acme', clientId: 'late' }])
    expect(await callsByClient(again, ['acme'])).toEqual([
      [OVERFLOW, 4],
      ['a', 1],
      ['late', 2],
    ])
  })

  test('an organization that is erased takes its authorizations along, and the others keep theirs', async () => {
    const store = await open()
    await commitEvents(store, [reported({ clientId: 'a' }), reported({ clientId: 'a', organizationId: 'globex' })])
    await store.authorize('acme', 'b')
    await store.erase('acme')
    expect(await store.organizationsOf('a')).toEqual(['globex'])
    expect(await store.organizationsOf('b')).toEqual([])
    await commitEvents(store, [anEvent({ clientId: 'a' }), anEvent({ clientId: 'b' })])
    expect(await store.authorizedClients(['acme'])).toEqual([])
  })
}

async function callsByClient(store: UsageStore, organizationIds: readonly string[]) {
  const { chunks } = await store.query(makeScope(organizationIds), {
    interval: { start: 0, end: Date.UTC(2027, 0) },
    timeZone: 'UTC',
    granularity: undefined,
    groupBy: ['clientId'],
    metrics: ['requests'],
    filters: {},
    sortBy: [],
  })
  return (await Array.fromAsync(chunks)).flat()
}
