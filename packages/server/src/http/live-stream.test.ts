import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveUsage } from '../query/live/live-usage.ts'
import type { CountedCalls, UsageWatcher } from '../store/usage-store.ts'
import { LIVE_TIMES, LiveStream } from './live-stream.ts'

let watcher: UsageWatcher | undefined
let live: LiveUsage
let recheck: () => Promise<void>

beforeEach(() => {
  vi.useFakeTimers()
  watcher = undefined
  recheck = async () => {}
  const watch = (_: string, given: UsageWatcher) => {
    watcher = given
    return () => {}
  }
  live = new LiveUsage({ store: { watch }, now: () => 0, mostReaders: 1, mostRows: 100 })
})
afterEach(() => {
  live.close()
  vi.useRealTimers()
})

function open(): LiveStream {
  const present = (step: object) => step
  return new LiveStream({ reader: live.open('acme'), present, recheck: () => recheck(), times: LIVE_TIMES })
}

function commit(calls: number): void {
  const dimensions = { clientId: 'c', clientName: '', userId: '', templateUri: 't', httpMethod: 'GET', platform: '' }
  const counted: CountedCalls = { ...dimensions, status: 200, calls }
  watcher?.counted([counted])
}

test('counts are told well within a second', () => {
  expect(LIVE_TIMES.gatherMs).toBeLessThanOrEqual(250)
})

test('what commits count in a moment is one event, and the next moment’s another', async () => {
  const stream = open()
  const texts: string[] = []
  stream.on('data', (chunk) => texts.push(String(chunk)))
  await vi.advanceTimersByTimeAsync(0)
  for (const calls of [1, 2, 3]) commit(calls)
  await vi.advanceTimersByTimeAsync(LIVE_TIMES.gatherMs)
  commit(4)
  await vi.advanceTimersByTimeAsync(LIVE_TIMES.gatherMs)
  const counts = texts.map((text) => [...text.matchAll(/"calls":(\d+)/g)].map(([, calls]) => Number(calls)))
  expect(counts).toEqual([[], [1, 2, 3], [4]])
})

test('for a connection that takes nothing one event is kept, however much is counted, and it is dropped in time', async () => {
  const stream = open()
  const failed = new Promise((resolve) => stream.once('error', resolve))
  stream.read(0)
  await vi.advanceTimersByTimeAsync(0)
  const kept = stream.readableLength
  expect(kept).toBeGreaterThan(0)
  for (let at = 0; at < 50; at++) {
    commit(1)
    await vi.advanceTimersByTimeAsync(LIVE_TIMES.gatherMs)
  }
  expect(stream.readableLength).toBe(kept)
  await vi.advanceTimersByTimeAsync(2 * LIVE_TIMES.slowMs)
  expect(await failed).toMatchObject({ name: 'ReaderTooSlow' })
  live.open('acme')
})

test('who reads again too late, when what would follow is gone, is dropped', async () => {
  const stream = open()
  const failed = new Promise((resolve) => stream.once('error', resolve))
  stream.read(0)
  await vi.advanceTimersByTimeAsync(0)
  for (let at = 0; at < 101; at++) commit(1)
  await vi.advanceTimersByTimeAsync(LIVE_TIMES.gatherMs)
  stream.resume()
  await vi.advanceTimersByTimeAsync(0)
  expect(await failed).toMatchObject({ name: 'ReaderTooSlow' })
})

test('it ends within seconds when the caller may not any more', async () => {
  const stream = open()
  stream.resume()
  const ended = new Promise((resolve) => stream.once('end', () => resolve('ended')))
  await vi.advanceTimersByTimeAsync(3 * LIVE_TIMES.recheckMs)
  expect(stream.readableEnded).toBe(false)
  recheck = () => Promise.reject(new Error('revoked'))
  await vi.advanceTimersByTimeAsync(LIVE_TIMES.recheckMs)
  expect(await ended).toBe('ended')
  expect(LIVE_TIMES.recheckMs).toBeLessThanOrEqual(10_000)
})
