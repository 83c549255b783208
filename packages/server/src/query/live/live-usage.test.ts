import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { CountedCalls, UsageWatcher } from '../../store/usage-store.ts'
import { type LiveStep, ReaderTooSlow } from './live-reader.ts'
import { LiveUsage, type LiveUsageOptions } from './live-usage.ts'

const calls = (clientId: string, count = 1, status = 200): CountedCalls => ({
  ...{ clientId, clientName: '', userId: '', templateUri: 't', httpMethod: 'GET', platform: '' },
  ...{ status, calls: count },
})

/** Stands where a store is: the test is what commits. */
class Commits {
  readonly watchers = new Map<string, Set<UsageWatcher>>()

  watch(organizationId: string, watcher: UsageWatcher): () => void {
    const all = this.watchers.get(organizationId) ?? new Set()
    this.watchers.set(organizationId, all.add(watcher))
    return () => void all.delete(watcher)
  }

  commit(organizationId: string, ...counted: readonly CountedCalls[]): void {
    for (const watcher of this.watchers.get(organizationId) ?? []) watcher.counted(counted)
  }

  recount(organizationId: string): void {
    for (const watcher of this.watchers.get(organizationId) ?? []) watcher.recounted()
  }

  get watched(): readonly string[] {
    return [...this.watchers].filter(([, all]) => all.size > 0).map(([organizationId]) => organizationId)
  }
}

let commits: Commits
let now: number
let live: LiveUsage

const open = (options: Partial<LiveUsageOptions> = {}) =>
  new LiveUsage({ store: commits, now: () => now, mostReaders: 2, ...options })
const usage = (at: number, ...counted: readonly CountedCalls[]): LiveStep => ({ kind: 'usage', at, calls: counted })
const BEGIN: LiveStep = { kind: 'reset', reason: 'begin' }
const MISSED: LiveStep = { kind: 'reset', reason: 'missed' }
const code = (error: unknown) => (error as { code?: string }).code
const failureOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return error
  }
  return expect.unreachable('it was done')
}

beforeEach(() => {
  vi.useFakeTimers()
  commits = new Commits()
  now = 1_000
  live = open()
})
afterEach(() => {
  live.close()
  vi.useRealTimers()
})

test('a stream begins with a reset, then tells what commits count, together what gathered', () => {
  const reader = live.open('acme')
  let calledFor = 0
  reader.onMore = () => {
    calledFor += 1
  }
  expect([reader.take(), reader.take()]).toEqual([BEGIN, undefined])
  commits.commit('acme', calls('a'))
  now = 2_000
  commits.commit('acme', calls('b', 3))
  commits.commit('globex', calls('c'))
  expect(calledFor).toBe(2)
  expect([reader.take(), reader.take()]).toEqual([usage(2_000, calls('a'), calls('b', 3)), undefined])
})

test('who comes back goes on where it was, for two minutes after the last reader went', () => {
  const first = live.open('acme')
  first.take()
  commits.commit('acme', calls('a'))
  first.take()
  const { place } = first
  first[Symbol.dispose]()
  commits.commit('acme', calls('b'))
  vi.advanceTimersByTime(119_000)
  const second = live.open('acme', place)
  expect(second.take()).toEqual(usage(1_000, calls('b')))
  second[Symbol.dispose]()
  vi.advanceTimersByTime(119_000)
  expect(commits.watched).toEqual(['acme'])
  vi.advanceTimersByTime(1_000)
  expect(commits.watched).toEqual([])
  expect(live.open('acme', place).take()).toEqual(MISSED)
})

test('a place of another organization, of a server before this one, or none at all is a reset', () => {
  const theirs = live.open('globex')
  commits.commit('globex', calls('a'))
  theirs.take()
  theirs.take()
  live.open('acme')
  const other = open()
  const before = other.open('acme').place
  other.close()
  for (const place of [theirs.place, before, 'x', '-1', `${before.split('-')[0]}-99999999`, '\u0000']) {
    const reader = live.open('acme', place)
    expect(reader.take(), place).toEqual(MISSED)
    reader[Symbol.dispose]()
  }
})

test('a place that does not exist yet is not gone on from', () => {
  const { place } = live.open('acme')
  expect(live.open('acme', place.replace(/\d+$/, '7')).take()).toEqual(MISSED)
})

test('no more is held than the most rows, and who fell behind that is too slow', () => {
  live = open({ mostRows: 10 })
  const reader = live.open('acme')
  const start = reader.place
  reader.take()
  for (let commit = 0; commit < 10; commit++) commits.commit('acme', calls('a', commit))
  const held = reader.take()
  expect(held).toMatchObject({ calls: { length: 10 } })
  for (let commit = 0; commit < 11; commit++) commits.commit('acme', calls('a', commit))
  expect(() => reader.take()).toThrow(ReaderTooSlow)
  reader[Symbol.dispose]()
  expect(live.open('acme', start).take()).toEqual(MISSED)
})

test('a commit larger than all that is held is told all the same', () => {
  live = open({ mostRows: 2 })
  const reader = live.open('acme')
  reader.take()
  const large = Array.from({ length: 50 }, (_, at) => calls(`c${at}`))
  commits.commit('acme', ...large)
  expect(reader.take()).toEqual(usage(1_000, ...large))
})

test('a step has some thousand rows and what is more is the next one’s, each call once', () => {
  const reader = live.open('acme')
  reader.take()
  const commit = Array.from({ length: 2_000 }, (_, at) => calls(`c${at}`))
  for (let times = 0; times < 5; times++) commits.commit('acme', ...commit)
  const steps = [reader.take(), reader.take(), reader.take()]
  expect(steps.map((step) => (step?.kind === 'usage' ? step.calls.length : step))).toEqual([6_000, 4_000, undefined])
})

test('one organization’s traffic does not push out what others have gathered', () => {
  live = open({ mostRows: 100, mostRowsOfAll: 100 })
  const small = live.open('small')
  const large = live.open('large')
  for (const reader of [small, large]) reader.take()
  commits.commit('small', calls('a'))
  for (let commit = 0; commit < 100; commit++) commits.commit('large', calls('b'))
  expect(small.take()).toEqual(usage(1_000, calls('a')))
  expect(() => large.take()).toThrow(ReaderTooSlow)
})

test('when what was counted is moved, a reset says so, and what came before it is not told any more', () => {
  const reader = live.open('acme')
  reader.take()
  commits.commit('acme', calls('a'))
  commits.recount('acme')
  commits.commit('acme', calls('b'))
  expect([reader.take(), reader.take()]).toEqual([{ kind: 'reset', reason: 'recounted' }, usage(1_000, calls('b'))])
})

test('an organization has so many streams and no more; one that ends gives its place', () => {
  const [first] = [live.open('acme'), live.open('acme')]
  expect(code(failureOf(() => live.open('acme')))).toBe('too.many.requests')
  live.open('globex')
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  live.open('acme')
  expect(code(failureOf(() => live.open('acme')))).toBe('too.many.requests')
})

test('a stop ends all readers and takes no new ones', () => {
  const ended: string[] = []
  for (const organizationId of ['acme', 'globex']) {
    live.open(organizationId).onEnd = () => ended.push(organizationId)
  }
  live.close()
  expect(ended).toEqual(['acme', 'globex'])
  expect(commits.watched).toEqual([])
  expect(code(failureOf(() => live.open('acme')))).toBe('service.unavailable')
})
