import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { DAY_MS, MINUTE_MS } from '../../domain/bucket.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import type { UsageEvent } from '../../domain/usage-event.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import { commitEvents } from '../commit-events.ts'
import { rowsOf } from '../usage-store.contract.ts'
import { StoreUnavailable, type UsageStore } from '../usage-store.ts'
import { openDuckDbStore } from './duckdb-store.ts'

const NOW = Date.UTC(2026, 10, 23)
const ACME = makeScope(['acme'])
const BATCH = 5_000
const BATCHES = 10
const MOST_BATCHES = 300
/** As many rows as there are events, sorted: what it holds must be in memory. */
const HUNGRY: UsageQuery = {
  interval: { start: NOW - 30 * DAY_MS, end: NOW },
  timeZone: 'UTC',
  granularity: 'Minute',
  groupBy: ['userId', 'templateUri', 'clientId'],
  metrics: ['requests'],
  filters: {},
  sortBy: [{ field: 'userId', order: 'asc' }],
}

let folder: string
let reopened = 0
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-memory-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const log = { ...SILENT_LOG, warn: () => void reopened++ }
const open = (memoryLimitMb: number) =>
  openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => NOW, log, memoryLimitMb, caps: { userId: 1e6 } })

function batchOf(batch: number): readonly UsageEvent[] {
  return Array.from({ length: BATCH }, (_, index) =>
    anEvent({
      id: `${batch}-${index}`,
      time: NOW - MINUTE_MS * (1 + (index % 5000)),
      userId: `a-user-whose-name-does-not-fit-in-place-${batch * BATCH + index}`,
      templateUri: `api/v2/things/${index % 97}`,
      clientId: `client-${index % 51}`,
    }),
  )
}

/** Asks again and again; whatever it is refused, it is by an error that callers know. */
async function askUntil(store: UsageStore, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { chunks } = await store.query(ACME, HUNGRY, { signal })
      for await (const _ of chunks);
    } catch (error) {
      if (!signal.aborted) expect(error).toBeInstanceOf(StoreUnavailable)
    }
  }
}

test('a commit that finds no memory beside queries ends them and is done, and nothing is lost or doubled', async () => {
  let batches = 0
  {
    await using store = await open(512)
    for (; batches < BATCHES; batches++) await commitEvents(store, batchOf(batches))
  }
  {
    await using store = await open(48)
    const enough = new AbortController()
    const asking = [1, 2, 3].map(() => askUntil(store, enough.signal))
    try {
      for (; reopened === 0 && batches < MOST_BATCHES; batches++) {
        expect(await commitEvents(store, batchOf(batches))).toBe(0)
      }
    } finally {
      enough.abort()
      await Promise.all(asking)
    }
    expect(reopened).toBeGreaterThan(0)
    expect(await commitEvents(store, batchOf(batches - 1))).toBe(BATCH)
  }
  await using store = await open(512)
  expect(await rowsOf(store, ACME)).toEqual([[batches * BATCH]])
}, 120_000)
