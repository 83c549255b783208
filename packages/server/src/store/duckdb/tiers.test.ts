import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import type { UsageEvent } from '../../domain/usage-event.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import { commitEvents } from '../commit-events.ts'
import { NOW, rowsOf } from '../usage-store.contract.ts'
import type { UsageStore } from '../usage-store.ts'
import { ageMinutes, readWatermark } from './aging.ts'
import { compactMonths } from './compaction.ts'
import { openDatabase } from './database.ts'
import { openDuckDbStore } from './duckdb-store.ts'

const DAY = 86_400_000
const QUARTER = 900_000
const SCOPE = makeScope(['acme'])
const noPause = async () => {}
const EVER = { start: 0, end: Math.floor(NOW / DAY) * DAY + 200 * DAY }

/** Ages in milliseconds: around now, around the 8 days at which minutes end, and long ago. */
const someAge = fc.oneof(
  fc.integer({ min: 0, max: 2 * DAY }),
  fc.integer({ min: 6 * DAY, max: 11 * DAY }),
  fc.integer({ min: 30 * DAY, max: 70 * DAY }),
)
const someEvents = fc.array(
  fc.record({
    age: someAge,
    clientId: fc.constantFrom('a', 'b'),
    userId: fc.constantFrom('', 'ann'),
    durationMicros: fc.option(fc.nat(5_000_000), { nil: undefined }),
  }),
  { maxLength: 30 },
)
const someStep = fc.oneof(
  fc.record({ kind: fc.constant('commit' as const), events: someEvents }),
  fc.record({ kind: fc.constant('maintain' as const), days: fc.constantFrom(0, 0, 1, 3, 12) }),
  fc.record({ kind: fc.constant('retain' as const), age: fc.integer({ min: 9 * DAY, max: 60 * DAY }) }),
)

async function totals(store: UsageStore, query: Partial<UsageQuery>): Promise<Map<string, number>> {
  const rows = await rowsOf(store, SCOPE, { interval: EVER, metrics: ['requests'], ...query })
  return new Map(rows.map((row) => [row.slice(0, -1).join(), Number(row.at(-1))]))
}

function counted(events: readonly UsageEvent[], keyOf: (event: UsageEvent) => unknown): Map<string, number> {
  const counts = new Map<string, number>()
  for (const event of events) counts.set(String(keyOf(event)), (counts.get(String(keyOf(event))) ?? 0) + 1)
  return counts
}

const floor = (ms: number, size: number) => Math.floor(ms / size) * size

test('all rollups agree with the raw events through commits, folds, aging, days passing and retention', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(someStep, { minLength: 3, maxLength: 12 }), async (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'routemeter-tiers-'))
      let now = NOW
      const store = await openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => now, log: SILENT_LOG })
      try {
        let events: UsageEvent[] = []
        for (const step of steps) {
          if (step.kind === 'commit') {
            const more = step.events.map(({ age, ...rest }) => anEvent({ ...rest, time: now - age }))
            await commitEvents(store, more)
            events.push(...more)
          } else if (step.kind === 'maintain') {
            now += step.days * DAY
            await store.maintain()
          } else {
            // Before the minutes, so that what ends before it does not depend on what has aged.
            const before = now - step.age
            await store.retain(before)
            events = events.filter(({ time }) => floor(time, QUARTER) + QUARTER > before)
          }
          const byDay = { granularity: 'Day' as const }
          expect(await totals(store, byDay)).toEqual(counted(events, ({ time }) => floor(time, DAY)))
          const byUser = { granularity: 'Minute15' as const, groupBy: ['userId' as const] }
          expect(await totals(store, byUser)).toEqual(counted(events, (e) => [floor(e.time, QUARTER), e.userId]))
          const recent = events.filter(({ time }) => time >= floor(now - 7 * DAY, QUARTER))
          const interval = { start: floor(now - 7 * DAY, QUARTER), end: EVER.end }
          expect(await totals(store, { granularity: 'Minute', interval })).toEqual(
            counted(recent, ({ time }) => floor(time, 60_000)),
          )
          const slowest = events.flatMap(({ durationMicros }) => durationMicros ?? [])
          const [row] = await rowsOf(store, SCOPE, { interval: EVER, metrics: ['durationMax', 'durationP99'] })
          expect(row?.[0] ?? null).toBe(slowest.length === 0 ? null : Math.max(...slowest) / 1000)
        }
      } finally {
        await store[Symbol.asyncDispose]()
        rmSync(folder, { recursive: true })
      }
    }),
    { numRuns: 8, endOnFailure: true },
  )
}, 120_000)

test('a month that has grown by folds is merged to one row a key, sorted, with the same sums', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-compaction-'))
  const path = join(folder, 'usage.duckdb')
  const store = await openDuckDbStore({ path, now: () => NOW, log: SILENT_LOG })
  const time = Date.UTC(2026, 9, 1)
  for (let fold = 0; fold < 3; fold++) {
    const events = Array.from({ length: 8000 }, (_, index) => {
      return anEvent({ clientId: `c${index % 100}`, time: time + (index % 2880) * QUARTER, requestBytes: index })
    })
    await commitEvents(store, events)
    await store.maintain()
  }
  expect(await rowsOf(store, SCOPE, { metrics: ['requests', 'requestBytes'] })).toEqual([[24_000, 3 * 4000 * 7999]])
  await store[Symbol.asyncDispose]()
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  const keys = 'organization, bucket, client_id, user_id, template_uri, http_method, platform'
  const rows = await connection.run(`SELECT count(*), count(DISTINCT (${keys})), bool_and(client_id >= before) FROM (
    SELECT *, lag(client_id, 1, 0) OVER (ORDER BY rowid) AS before FROM usage_fine)`)
  const [[all, different, isSorted] = []] = await rows.getRowsJS()
  expect(all).toBe(different)
  expect(isSorted).toBe(true)
  connection.closeSync()
  instance.closeSync()
  rmSync(folder, { recursive: true })
})

test('commits that run beside folds are each counted once, and names survive that folds thin them out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-beside-'))
  const path = join(folder, 'usage.duckdb')
  const open = () => openDuckDbStore({ path, now: () => NOW, log: SILENT_LOG, checkpointBytes: 100_000 })
  let store = await open()
  let isDone = false
  const folds = (async () => {
    while (!isDone) await store.maintain()
  })()
  for (let batch = 0; batch < 30; batch++) {
    const time = NOW - (batch % 12) * DAY
    const clientName = `name ${String(batch).padStart(2, '0')}`
    const events = Array.from({ length: 100 }, (_, index) => anEvent({ id: `${batch}-${index}`, time, clientName }))
    await Promise.all([commitEvents(store, events), commitEvents(store, events.slice(50))])
  }
  isDone = true
  await folds
  const days = counted(
    Array.from({ length: 30 }, (_, batch) => anEvent({ time: NOW - (batch % 12) * DAY })),
    ({ time }) => floor(time, DAY),
  )
  const byDay = await totals(store, { granularity: 'Day' })
  expect(byDay).toEqual(new Map([...days].map(([day, batches]) => [day, batches * 100])))
  await store.maintain()
  await store[Symbol.asyncDispose]()
  store = await open()
  await commitEvents(store, [anEvent({ clientName: 'zzz', time: NOW - DAY })])
  // Batches 0, 12 and 24 had the latest time.
  expect(await rowsOf(store, SCOPE, { groupBy: ['clientName'] })).toEqual([['name 24', 3001]])
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

test('an interval from the first year to the last has its rows, in any zone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-ever-'))
  const store = await openDuckDbStore({ path: join(folder, 'u'), now: () => NOW, log: SILENT_LOG })
  await commitEvents(store, [anEvent({ time: 0 }), anEvent({ time: NOW })])
  const interval = { start: 0, end: Date.UTC(9999, 11, 31) }
  for (const timeZone of ['UTC', 'Europe/Berlin', 'Asia/Kathmandu']) {
    for (const granularity of ['Hour', 'Day', 'Week', 'Month'] as const) {
      expect((await totals(store, { interval, timeZone, granularity })).size).toBe(2)
    }
  }
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

test('under steady traffic with retention the file stops growing: what was taken out is room for what comes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-room-'))
  const path = join(folder, 'usage.duckdb')
  let now = NOW
  const store = await openDuckDbStore({ path, now: () => now, log: SILENT_LOG, dedupeDays: 3 })
  const sizes: number[] = []
  for (let day = 0; day < 30; day++) {
    now += DAY
    const events = Array.from({ length: 1500 }, (_, index) =>
      anEvent({
        id: `${day}-${index}`,
        userId: `u${index % 500}`,
        time: now - ((index * 8641) % DAY),
        durationMicros: index,
      }),
    )
    await commitEvents(store, events)
    await store.maintain()
    await store.retain(now - 6 * DAY)
    sizes.push(statSync(path).size)
  }
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
  expect(Math.max(...sizes.slice(-10))).toBeLessThan(1.5 * Math.max(...sizes.slice(7, 15)))
}, 120_000)

test('the watermark is set once and never moves back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-watermark-'))
  const database = await openDatabase({ path: join(folder, 'u'), now: () => NOW, memoryLimitMb: 128, threads: 1 })
  const connection = await database.connect()
  const first = await readWatermark(connection, NOW)
  expect(first).toBe(floor(NOW - 8 * DAY, DAY))
  let moved = first
  const note = (watermark: number) => {
    moved = watermark
  }
  await ageMinutes(connection, first, NOW - 5 * DAY, noPause, note)
  expect(moved).toBe(first)
  await ageMinutes(connection, first, NOW + 400 * DAY, noPause, note)
  expect(moved).toBe(first + 400 * DAY)
  expect(await readWatermark(connection, NOW)).toBe(moved)
  await compactMonths(connection, noPause)
  connection.closeSync()
  database.close()
  rmSync(folder, { recursive: true })
})
