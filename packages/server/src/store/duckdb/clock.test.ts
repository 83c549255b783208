import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import type { UsageEvent } from '../../domain/usage-event.ts'
import { commitEvents } from '../commit-events.ts'
import { rowsOf } from '../usage-store.contract.ts'
import type { UsageStore } from '../usage-store.ts'
import { openDuckDbStore } from './duckdb-store.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const START = Date.UTC(2026, 10, 20, 12)
const ACME = makeScope(['acme'])
const ALWAYS = { start: START - 100 * DAY_MS, end: START + 100 * DAY_MS }

let folder: string
let now: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-clock-'))
  now = START
})
afterEach(() => rmSync(folder, { recursive: true }))

const open = () => openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => now, log: SILENT_LOG })

/** Every event that was sent by then is sent again: none may count twice. */
async function resend(store: UsageStore, sent: readonly UsageEvent[]): Promise<void> {
  expect(await commitEvents(store, sent)).toBe(sent.length)
}

test('while the clock goes back and forth, within a run and between runs, events count once, on their day', async () => {
  const sent: UsageEvent[] = []
  const byDay = new Map<number, number>()
  let store = await open()
  // Hours, days and a week back, and on again; each time some events, upkeep, and now and then a restart.
  const moves = [0, -2 / 24, -1, 3, -3, 9, -9, 0.5, 12, -12, -0.2, 1]
  for (const [step, days] of moves.entries()) {
    now += days * DAY_MS
    const fresh = Array.from({ length: 40 }, (_, index) =>
      anEvent({ id: `${step}-${index}`, time: now - index * 7 * 60 * MINUTE_MS, userId: `user-${index % 3}` }),
    )
    expect(await commitEvents(store, fresh)).toBe(0)
    sent.push(...fresh)
    for (const { time } of fresh) {
      const day = Math.floor(time / DAY_MS) * DAY_MS
      byDay.set(day, (byDay.get(day) ?? 0) + 1)
    }
    await resend(store, sent)
    await store.maintain()
    await resend(store, sent)
    if (step % 3 !== 2) continue
    await store[Symbol.asyncDispose]()
    store = await open()
    await resend(store, sent)
  }
  const rows = await rowsOf(store, ACME, { interval: ALWAYS, granularity: 'Day' })
  expect(rows).toEqual([...byDay].toSorted(([a], [b]) => a - b))
  expect(await rowsOf(store, ACME, { interval: ALWAYS, groupBy: ['userId'] })).toHaveLength(3)
  await store[Symbol.asyncDispose]()
})

test('minutes that were aged stay aged when the clock goes back, and what comes then for them counts beside them', async () => {
  await using store = await open()
  const at = START - 2 * DAY_MS + 7 * MINUTE_MS
  await commitEvents(store, [anEvent({ id: 'before', time: at })])
  now = START + 10 * DAY_MS
  await store.maintain()
  now = START
  await commitEvents(store, [anEvent({ id: 'after', time: at + MINUTE_MS })])
  await store.maintain()
  const quarter = Math.floor(at / (15 * MINUTE_MS)) * 15 * MINUTE_MS
  expect(await rowsOf(store, ACME, { interval: { start: quarter, end: quarter + 15 * MINUTE_MS } })).toEqual([[2]])
  expect(await rowsOf(store, ACME, { interval: ALWAYS })).toEqual([[2]])
})
