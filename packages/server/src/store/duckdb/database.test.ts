import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { DAY_MS, MINUTE_MS } from '../../domain/bucket.ts'
import { DataFolderProblem } from '../../domain/data-folder-problem.ts'
import { IDENTITY_WORDS } from '../../domain/event-batch.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import { commitEvents } from '../commit-events.ts'
import { IdentityHash } from '../event-identity.ts'
import { rowsOf } from '../usage-store.contract.ts'
import { openDatabase } from './database.ts'
import { openDuckDbStore } from './duckdb-store.ts'
import { MIGRATIONS, migrate } from './migrations.ts'

let folder: string
let path: string
const open = () => openDuckDbStore({ path, now: Date.now, log: SILENT_LOG })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-database-'))
  path = join(folder, 'usage.duckdb')
})

afterEach(() => rmSync(folder, { recursive: true }))

async function inFile(sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await connection.run(sql)
  connection.closeSync()
  instance.closeSync()
}

test('what a kill left of a file that was just being made is no damage', async () => {
  writeFileSync(`${path}.new`, '')
  await using store = await open()
  await commitEvents(store, [anEvent()])
  expect(existsSync(`${path}.new`)).toBe(false)
})

const NEXT = Math.max(...MIGRATIONS.map(({ version }) => version)) + 1

test('a file of a newer version is refused and left as it is', async () => {
  await (await open())[Symbol.asyncDispose]()
  await inFile(`INSERT INTO schema_migration VALUES (99, 'of the future', 0)`)
  const before = readFileSync(path)
  await expect(open()).rejects.toThrow(/written by a newer Routemeter \(storage version 99, this one knows \d+\)/)
  expect(readFileSync(path).equals(before)).toBe(true)
})

test('a file that only began to be made is finished, one of this version is kept', async () => {
  await inFile('CREATE TABLE schema_migration(version INTEGER, name VARCHAR, applied_at BIGINT)')
  const store = await open()
  await commitEvents(store, [anEvent()])
  await store[Symbol.asyncDispose]()
  await using again = await open()
  expect(await rowsOf(again, makeScope(['acme']))).toEqual([[1]])
})

test('a file that is no database is reported, not made anew', async () => {
  writeFileSync(path, 'this is not what was written here')
  await expect(open()).rejects.toThrow(DataFolderProblem)
  await expect(open()).rejects.toThrow(`The usage file ${path} cannot be read`)
  expect(readFileSync(path, 'utf8')).toBe('this is not what was written here')
})

test('a file that was cut short is reported, not read as empty', async () => {
  const store = await open()
  await commitEvents(
    store,
    Array.from({ length: 5000 }, (_, index) => anEvent({ clientId: `c${index}` })),
  )
  await store[Symbol.asyncDispose]()
  writeFileSync(path, readFileSync(path).subarray(0, 8192))
  await expect(open()).rejects.toThrow(DataFolderProblem)
})

test('a second process is told who has the file', async () => {
  await using store = await open()
  await commitEvents(store, [anEvent()])
  const worker = spawn(process.execPath, [join(import.meta.dirname, 'kill-worker.ts'), path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  worker.stderr.on('data', (text) => {
    said += text
  })
  await once(worker, 'close')
  expect(said).toContain(`The usage file ${path} is in use by another process (pid ${process.pid})`)
})

test('an upgrade adds its step to what is there and keeps the data; the version before refuses what comes after', async () => {
  const store = await open()
  await commitEvents(store, [anEvent(), anEvent({ clientId: 'other' })])
  await store[Symbol.asyncDispose]()
  const next = { version: NEXT, name: 'next', sql: 'ALTER TABLE usage_fine ADD COLUMN retries BIGINT DEFAULT 7' }
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await migrate(connection, 0, [...MIGRATIONS, next])
  await migrate(connection, 0, [...MIGRATIONS, next])
  const kept = 'SELECT (SELECT count(*) FROM usage_delta), (SELECT count(retries) FROM usage_fine)'
  expect(await (await connection.run(kept)).getRowsJS()).toEqual([[2n, 0n]])
  connection.closeSync()
  instance.closeSync()
  await expect(open()).rejects.toThrow(`storage version ${NEXT}, this one knows ${NEXT - 1}`)
})

test('ids that version 1 had sealed and not are duplicates after the upgrade, for as long as they would have been', async () => {
  const day = Math.floor(Date.now() / DAY_MS)
  const arrivals = [day - 40, day - 35, day - 35, day - 1, day]
  const events = arrivals.map((_, index) => anEvent({ id: `id-${index}`, time: index * DAY_MS }))
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await migrate(connection, 0, MIGRATIONS.slice(0, 1))
  await connection.run("INSERT INTO organization VALUES (1, 'acme')")
  await connection.run(`INSERT INTO secret VALUES ('event_id_key', unhex('${'00'.repeat(32)}'))`)
  const words = new Uint32Array(IDENTITY_WORDS)
  for (const [index, event] of events.entries()) {
    new IdentityHash('00'.repeat(32)).write(words, 0, 1, event.time, `id-${index}`)
    const [hi, lo] = new BigUint64Array(words.buffer)
    await connection.run(
      `INSERT INTO event_id VALUES (${index + 1}, ${arrivals[index]}, ${hi}::UBIGINT, ${lo}::UBIGINT)`,
    )
    if (index < 4)
      await connection.run(`INSERT INTO event_id_segment VALUES (${index + 1}, ${arrivals[index]}, 1, '\\x01')`)
  }
  connection.closeSync()
  instance.closeSync()
  const store = await open()
  expect(await commitEvents(store, events.slice(1))).toBe(4)
  await store.maintain()
  await store[Symbol.asyncDispose]()
  await using again = await open()
  expect(await commitEvents(again, events)).toBe(4)
  expect(await commitEvents(again, events)).toBe(5)
})

test('ids that version 3 had sorted are duplicates after the upgrade, in large batches and in small ones', async () => {
  const day = Math.floor(Date.now() / DAY_MS)
  const events = Array.from({ length: 3000 }, (_, index) => anEvent({ id: `id-${index}`, time: index * MINUTE_MS }))
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await migrate(connection, 0, MIGRATIONS.slice(0, 3))
  await connection.run("INSERT INTO organization VALUES (1, 'acme')")
  await connection.run(`INSERT INTO secret VALUES ('event_id_key', unhex('${'00'.repeat(32)}'))`)
  const words = new Uint32Array(IDENTITY_WORDS)
  const rows = events.map((event, index) => {
    new IdentityHash('00'.repeat(32)).write(words, 0, 1, event.time, `id-${index}`)
    const [hi, lo] = new BigUint64Array(words.buffer)
    return `(${day - 1}, ${hi}::UBIGINT, ${lo}::UBIGINT)`
  })
  await connection.run(`INSERT INTO event_id_sorted VALUES ${rows.join()}`)
  connection.closeSync()
  instance.closeSync()
  const old = events.slice(1)
  for (let start = 0; start < 3; start++) {
    await using store = await openDuckDbStore({ path, now: Date.now, log: SILENT_LOG, idsToSave: 1 })
    expect(await commitEvents(store, old)).toBe(old.length)
    expect(await commitEvents(store, old.slice(0, 1))).toBe(1)
    await store.maintain()
  }
})

test('calls that version 2 had counted and not folded are the same after the upgrade, in every tier', async () => {
  const today = Math.floor(Date.now() / DAY_MS)
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await migrate(connection, 0, MIGRATIONS.slice(0, 2))
  await connection.run(`INSERT INTO organization VALUES (1, 'acme');
    INSERT INTO dimension_value VALUES (1, 1, 1, 'app');
    INSERT INTO setting VALUES ('minute_watermark', ${(today - 8) * DAY_MS})`)
  // Counted in a minute before the watermark passed it, and in one that is kept.
  const [old, recent] = [(today - 9) * DAY_MS + 7 * MINUTE_MS, (today - 1) * DAY_MS + 7 * MINUTE_MS]
  for (const [time, requests] of [
    [old, 3],
    [old, 1],
    [recent, 5],
  ] as const) {
    const bucket = time / MINUTE_MS
    await connection.run(`INSERT INTO usage_delta
      VALUES (1, ${bucket}, 1, 0, 0, 0, 0, ${requests}, ${requests - 1}, 0, 1, 1, 0, 1, 2, NULL, NULL, 40, 0, 1, 40)`)
    await connection.run(`INSERT INTO latency_delta VALUES (1, ${bucket}, 1, 0, 0, 0, 40, 1)`)
  }
  connection.closeSync()
  instance.closeSync()
  await using store = await open()
  const metrics = ['requests', 'status200', 'status429', 'requestBytes', 'responseBytes', 'durationP50'] as const
  const interval = { start: (today - 20) * DAY_MS, end: (today + 1) * DAY_MS }
  const answers = () =>
    Promise.all(
      (['Minute15', 'Day'] as const).map((granularity) =>
        rowsOf(store, makeScope(['acme']), { interval, granularity, groupBy: ['clientId'], metrics }),
      ),
    )
  const expected = [7 * MINUTE_MS, DAY_MS].map((size) => [
    [old - (size === DAY_MS ? old % DAY_MS : size), 'app', 4, 2, 2, 2 * (2 ** 33 + 1), null, 0.04],
    [recent - (size === DAY_MS ? recent % DAY_MS : size), 'app', 5, 4, 1, 2 ** 33 + 1, null, 0.04],
  ])
  expect(await answers()).toEqual(expected)
  await store.maintain()
  expect(await answers()).toEqual(expected)
})

test('a step that fails leaves the version before, and nothing of the step', async () => {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await migrate(connection, 0)
  const broken = { version: NEXT, name: 'broken', sql: 'CREATE TABLE half (a INTEGER); SELECT * FROM nowhere' }
  await expect(migrate(connection, 0, [...MIGRATIONS, broken])).rejects.toThrow(/nowhere/)
  connection.closeSync()
  instance.closeSync()
  await inFile('CREATE TABLE half (b INTEGER); DROP TABLE half')
  await (await open())[Symbol.asyncDispose]()
})

test('a database of something else is refused', async () => {
  await inFile('CREATE TABLE recipe (name VARCHAR)')
  await expect(open()).rejects.toThrow(/not Routemeter’s/)
})

test('an empty file, and a log whose file is missing, are missing data and not a new database', async () => {
  writeFileSync(path, '')
  await expect(open()).rejects.toThrow(`The usage file ${path} is empty`)
  rmSync(path)
  writeFileSync(`${path}.wal`, 'what was committed last')
  await expect(open()).rejects.toThrow(`The usage file ${path} is missing, but its log`)
  expect(existsSync(path)).toBe(false)
})

test('a damaged block is reported, not passed over', async () => {
  const store = await open()
  await commitEvents(store, [anEvent()])
  await store[Symbol.asyncDispose]()
  const bytes = readFileSync(path)
  for (let at = 8192 + 20; at < 8192 + 60; at++) bytes[at] = 255 - (bytes[at] ?? 0)
  for (let at = 4096 + 20; at < 4096 + 60; at++) bytes[at] = 255 - (bytes[at] ?? 0)
  writeFileSync(path, bytes)
  await expect(open()).rejects.toThrow(/cannot be read: .*checksum.*Nothing was changed/)
  expect(readFileSync(path).equals(bytes)).toBe(true)
})

test('a second store on the same file in this process is refused, and may open it once the first is closed', async () => {
  const store = await open()
  await expect(open()).rejects.toThrow(/already open in this process/)
  await store[Symbol.asyncDispose]()
  await (await open())[Symbol.asyncDispose]()
})

test('the database can reach nothing outside its file', async () => {
  const database = await openDatabase({ path, now: Date.now, memoryLimitMb: 128, threads: 1 })
  const connection = await database.connect()
  await expect(connection.run(`COPY (SELECT 1) TO '${join(folder, 'out.csv')}'`)).rejects.toThrow(/disabled/)
  await expect(connection.run('SET enable_external_access = true')).rejects.toThrow()
  await expect(connection.run("SET memory_limit = '1TB'")).rejects.toThrow(/locked/)
  connection.closeSync()
  database.close()
})
