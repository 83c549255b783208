import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SILENT_LOG } from '../domain/log.ts'
import { makeScope } from '../domain/scope.ts'
import { readExecution } from '../metadata/executions.ts'
import { commitEvents } from '../store/commit-events.ts'
import { openDuckDbStore } from '../store/duckdb/duckdb-store.ts'
import { install, manyClients, NOW, resultOf, type TestInstallation } from './test-installation.ts'

let installation: TestInstallation

beforeEach(async () => {
  installation = await install({
    openStore: (folder) => openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => NOW, log: SILENT_LOG }),
    makeScope,
  })
  await commitEvents(installation.store, manyClients('acme', 2500))
})
afterEach(async () => {
  installation.observed.release()
  await installation[Symbol.asyncDispose]()
})

test('a query that waits and is cancelled never runs, and gives its place to another', async () => {
  const { observed } = installation
  const engine = installation.start({ limits: { maxConcurrentExecutions: 1, maxQueuedPerOrganization: 1 } })
  observed.hold()
  const running = await engine.submit(installation.submission())
  await observed.whenRunning(1)
  const waiting = await engine.submit(installation.submission())
  await expect(engine.submit(installation.submission())).rejects.toMatchObject({ code: 'too.many.requests' })
  expect(await engine.cancel(waiting)).toBe(true)
  const next = await engine.submit(installation.submission())
  observed.release()
  await engine.idle()
  expect(await resultOf(engine, waiting)).toEqual({ state: 'cancelled', rows: [] })
  for (const other of [running, next]) expect((await resultOf(engine, other)).state).toBe('complete')
  expect(observed.asked).toHaveLength(2)
})

test('a query that runs and is cancelled stops, keeps nothing and is not tried again, not even by the next start', async () => {
  const { observed } = installation
  const engine = installation.start({ limits: { maxConcurrentExecutions: 1 } })
  observed.hold()
  const execution = await engine.submit(installation.submission())
  await observed.whenRunning(1)
  expect(await engine.cancel(execution)).toBe(true)
  await engine.idle()
  expect(await resultOf(engine, execution)).toEqual({ state: 'cancelled', rows: [] })
  await engine[Symbol.asyncDispose]()
  const next = installation.start()
  await next.idle()
  expect(await resultOf(next, execution)).toEqual({ state: 'cancelled', rows: [] })
  expect(observed.asked).toHaveLength(1)
  expect(installation.logged.filter(({ level }) => level === 'error')).toEqual([])
})

test('cancelling a complete query frees its organization’s share at once, and cancelling it again changes nothing', async () => {
  const first = installation.start()
  const execution = await first.submit(installation.submission())
  await first.idle()
  await first[Symbol.asyncDispose]()
  const { keptBytes = 0 } = (await readExecution(installation.metadata, execution.id)) ?? {}
  const engine = installation.start({ limits: { maxKeptBytesPerOrganization: keptBytes * 1.5 } })
  const tooMuch = await engine.submit(installation.submission())
  await engine.idle()
  expect((await engine.find(tooMuch))?.state).toBe('failed')
  expect(await engine.cancel(execution)).toBe(true)
  expect(await engine.cancel(execution)).toBe(true)
  const again = await engine.submit(installation.submission())
  await engine.idle()
  expect((await resultOf(engine, again)).rows).toHaveLength(2500)
})

test('nobody cancels what is not theirs', async () => {
  const engine = installation.start()
  const execution = await engine.submit(installation.submission())
  await engine.idle()
  for (const other of [{ organizationId: 'other' }, { operation: 'usage.jobs' }, { clientId: 'c' }, { id: 'x' }]) {
    expect(await engine.cancel({ ...execution, ...other })).toBe(false)
  }
  expect((await engine.find(execution))?.state).toBe('complete')
})
