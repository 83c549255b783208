import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import { commitEvents } from '../commit-events.ts'
import { NOW, rowsOf } from '../usage-store.contract.ts'
import type { UsageStore } from '../usage-store.ts'
import { openDuckDbStore } from './duckdb-store.ts'

const MIB = 2 ** 20
/** Of 60,000 rows each. */
const SLICES = 5
const EVENTS = SLICES * 60_000
const SCOPE = makeScope(['acme'])

let folder: string
let path: string
let store: UsageStore
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-slices-'))
  path = join(folder, 'usage.duckdb')
  store = await openDuckDbStore({ path, now: () => NOW, log: SILENT_LOG, checkpointBytes: MIB })
  for (let sent = 0; sent < EVENTS; sent += 20_000) {
    // Each has a row of its own.
    const events = Array.from({ length: 20_000 }, (_, index) =>
      anEvent({ userId: `u${index}`, time: NOW - sent * 60 - index }),
    )
    await commitEvents(store, events)
  }
}, 60_000)
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const total = async () => Number((await rowsOf(store, SCOPE))[0]?.[0])

test('upkeep that is told to stop does so between two slices, and the next one does the rest', async () => {
  const reason = new Error('the server is stopping')
  const stop = new AbortController()
  const upkeep = store.maintain(stop.signal)
  stop.abort(reason)
  await expect(upkeep).rejects.toBe(reason)
  expect(await total()).toBe(EVENTS)
  await store.maintain()
  expect(await total()).toBe(EVENTS)
})

test('closing does not wait for the rest of the upkeep, and nothing of it is lost', async () => {
  const upkeep = store.maintain().then(
    () => 'done',
    () => 'stopped',
  )
  await setTimeout(1)
  await store[Symbol.asyncDispose]()
  expect(await upkeep).toBe('stopped')
  store = await openDuckDbStore({ path, now: () => NOW, log: SILENT_LOG })
  expect(await total()).toBe(EVENTS)
})

test('the log is emptied between slices however many follow each other', async () => {
  let longest = 0
  let isDone = false
  const upkeep = store.maintain().finally(() => {
    isDone = true
  })
  while (!isDone) {
    longest = Math.max(longest, statSync(`${path}.wal`, { throwIfNoEntry: false })?.size ?? 0)
    await setTimeout(1)
  }
  await upkeep
  expect(longest).toBeLessThan(12 * MIB)
})
