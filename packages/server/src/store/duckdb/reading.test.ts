import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import { commitEvents } from '../commit-events.ts'
import { rowsOf } from '../usage-store.contract.ts'
import { StoreUnavailable, type UsageStore } from '../usage-store.ts'
import { ConnectionPool } from './connection-pool.ts'
import { openDatabase } from './database.ts'
import { openDuckDbStore } from './duckdb-store.ts'
import { Reader } from './reader.ts'

const SCOPE = makeScope(['acme'])
const EACH_CLIENT: UsageQuery = {
  interval: { start: 0, end: Date.UTC(2100, 0, 1) },
  timeZone: 'UTC',
  granularity: undefined,
  groupBy: ['clientId'],
  metrics: ['requests'],
  filters: {},
  sortBy: [],
}
const CLIENTS = 9000
let folder: string
let path: string
let store: UsageStore

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-reading-'))
  path = join(folder, 'usage.duckdb')
  store = await openDuckDbStore({ path, now: Date.now, log: SILENT_LOG, readers: 1 })
  await commitEvents(
    store,
    Array.from({ length: CLIENTS }, (_, index) => anEvent({ clientId: `c${index}` })),
  )
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

async function begin(signal?: AbortSignal) {
  const { chunks } = await store.query(SCOPE, EACH_CLIENT, signal === undefined ? {} : { signal })
  const rows = chunks[Symbol.asyncIterator]()
  const first = await rows.next()
  expect(first.done).toBe(false)
  return rows
}

test('what is given up after its first rows lets the next query in', async () => {
  const rows = await begin()
  const waiting = rowsOf(store, SCOPE)
  await rows.return?.()
  expect(await waiting).toEqual([[CLIENTS]])
  expect(await rows.next()).toEqual({ done: true, value: undefined })
})

test('what is given up before it was read at all does so too', async () => {
  const { chunks } = await store.query(SCOPE, EACH_CLIENT)
  await chunks[Symbol.asyncIterator]().return?.()
  expect(await rowsOf(store, SCOPE)).toEqual([[CLIENTS]])
})

test('a query that is aborted while it is read ends with the reason and lets the next one in', async () => {
  const controller = new AbortController()
  const rows = await begin(controller.signal)
  const reason = new Error('the caller went away')
  controller.abort(reason)
  await expect(rows.next()).rejects.toBe(reason)
  expect(await rowsOf(store, SCOPE)).toEqual([[CLIENTS]])
})

test('a query that is aborted while it waits for its turn ends with the reason', async () => {
  const rows = await begin()
  const controller = new AbortController()
  const reason = new Error('the caller went away')
  const waiting = store.query(SCOPE, EACH_CLIENT, { signal: controller.signal })
  controller.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  await rows.return?.()
  expect(await rowsOf(store, SCOPE)).toEqual([[CLIENTS]])
})

/** It would take hours. */
const ENDLESS = 'SELECT sum(a.range * b.range) FROM range(10_000_000) AS a, range(10_000_000) AS b'

test.each([
  { what: 'before it began', rounds: 0 },
  { what: 'when it just began', rounds: 3 },
  { what: 'in its midst', rounds: 200 },
])('a statement that nobody waits for any more ends at once, given up $what', async ({ rounds }) => {
  const database = await openDatabase({ path: join(folder, 'other'), now: Date.now, memoryLimitMb: 128, threads: 1 })
  const pool = new ConnectionPool(
    () => database.connect(),
    1,
    (error) => error,
  )
  const controller = new AbortController()
  const reader = await Reader.open(pool, controller.signal)
  const ended = reader.start({ text: ENDLESS, values: {} }).then(() => reader.next())
  const reason = new Error('the caller went away')
  for (let round = 0; round < rounds; round++) await setImmediate()
  controller.abort(reason)
  await expect(ended).rejects.toBe(reason)
  const next = await Reader.open(pool)
  expect(await next.rows('SELECT 1')).toEqual([[1]])
  await next.return()
  await pool.close()
  database.close()
})

test('a query that needs more memory than there is fails alone: others are answered, and commits go on', async () => {
  await store[Symbol.asyncDispose]()
  const database = await openDatabase({ path, now: Date.now, memoryLimitMb: 1024, threads: undefined })
  const connection = await database.connect()
  await connection.run(`INSERT INTO usage_fine SELECT organization, bucket, client_id, 10 + i::INTEGER, template_uri,
    http_method, platform, * EXCLUDE (organization, bucket, client_id, user_id, template_uri, http_method, platform, call, i)
    FROM (FROM usage_delta LIMIT 1), range(1_000_000) AS many(i)`)
  connection.closeSync()
  database.close()
  store = await openDuckDbStore({ path, now: Date.now, log: SILENT_LOG, memoryLimitMb: 24 })
  const counted = await rowsOf(store, SCOPE)
  const byUser = { groupBy: ['userId' as const], granularity: 'Minute15' as const }
  await expect(rowsOf(store, SCOPE, byUser)).rejects.toThrow(StoreUnavailable)
  expect(await commitEvents(store, [anEvent({ id: 'after' })])).toBe(0)
  expect(await rowsOf(store, SCOPE)).toEqual([[Number(counted[0]?.[0]) + 1]])
})

test('closing ends what is being read, and then another process can open the file', async () => {
  const rows = await begin()
  await store[Symbol.asyncDispose]()
  await expect(rows.next()).rejects.toThrow(StoreUnavailable)
  await expect(store.query(SCOPE, EACH_CLIENT)).rejects.toThrow(StoreUnavailable)
  await expect(commitEvents(store, [anEvent()])).rejects.toThrow(StoreUnavailable)
  const other = `import('@duckdb/node-api').then(({ DuckDBInstance }) => DuckDBInstance.create(${JSON.stringify(path)}))`
  const { status, stderr } = spawnSync(process.execPath, ['-e', other], { cwd: import.meta.dirname, encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

test('a commit that fails in its midst leaves no trace, and what shared its turn is counted', async () => {
  const good = [anEvent({ id: '1', clientId: 'new', organizationId: 'fresh', clientName: 'New' })]
  const bad = [...good, anEvent({ durationMicros: -1, organizationId: 'fresh', clientId: 'bad' })]
  const fresh = makeScope(['fresh'])
  await expect(commitEvents(store, bad)).rejects.toThrow(RangeError)
  expect(await rowsOf(store, fresh)).toEqual([])
  const [failed, counted] = await Promise.allSettled([commitEvents(store, bad), commitEvents(store, good)])
  expect(failed.status).toBe('rejected')
  expect(counted).toMatchObject({ status: 'fulfilled', value: 0 })
  await store[Symbol.asyncDispose]()
  store = await openDuckDbStore({ path, now: Date.now, log: SILENT_LOG })
  expect(await commitEvents(store, good)).toBe(1)
  expect(await rowsOf(store, fresh, { groupBy: ['clientId', 'clientName'] })).toEqual([['new', 'New', 1]])
})

test('metrics that are only sorted by are refused with a dimension that they are not kept by', async () => {
  const query = { groupBy: ['userId' as const], sortBy: [{ field: 'durationP95' as const, order: 'desc' as const }] }
  await expect(rowsOf(store, SCOPE, query)).rejects.toThrow(/durationP95.*userId/)
  const sorted = {
    groupBy: ['clientId' as const],
    metrics: [],
    sortBy: [{ field: 'durationMax' as const, order: 'asc' as const }],
  }
  await commitEvents(store, [anEvent({ clientId: 'slow', durationMicros: 5 })])
  expect((await rowsOf(store, SCOPE, sorted))[0]).toEqual(['slow'])
})

test('text of any kind comes back as it was sent, but for broken characters', async () => {
  const ids = ['\u0000a', 'a\u0000b', "'; DROP TABLE usage_fine; --", '\u{1F600}', 'NULL', ' ', '\\', '$organization']
  await commitEvents(
    store,
    ids.map((clientId) => anEvent({ organizationId: 'texts', clientId })),
  )
  await commitEvents(
    store,
    ['\ud800', '\udc00', '\ufffd'].map((clientId) => anEvent({ organizationId: 'texts', clientId })),
  )
  const rows = await rowsOf(store, makeScope(['texts']), { groupBy: ['clientId'] })
  expect(new Map(rows as [string, number][])).toEqual(new Map([...ids.map((id) => [id, 1] as const), ['\ufffd', 3]]))
  for (const id of ids) {
    expect(await rowsOf(store, makeScope(['texts']), { filters: { clientId: [id] } })).toEqual([[1]])
  }
})
