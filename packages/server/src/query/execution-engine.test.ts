import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { anEvent } from '../domain/an-event.ts'
import { SILENT_LOG } from '../domain/log.ts'
import { makeScope } from '../domain/scope.ts'
import { readExecution } from '../metadata/executions.ts'
import { commitEvents } from '../store/commit-events.ts'
import { openDuckDbStore } from '../store/duckdb/duckdb-store.ts'
import { ObservedStore } from './observed-store.ts'
import { install, manyClients, NOW, resultOf, type TestInstallation } from './test-installation.ts'

const ACME_ROWS = [
  ['c', 1],
  ['d', 1],
]

let installation: TestInstallation

beforeEach(async () => {
  installation = await install({
    openStore: (folder) => openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => NOW, log: SILENT_LOG }),
    makeScope,
  })
  await commitEvents(installation.store, [anEvent(), anEvent({ clientId: 'd' }), anEvent({ organizationId: 'other' })])
})
afterEach(async () => {
  vi.useRealTimers()
  installation.observed.release()
  await installation[Symbol.asyncDispose]()
})

const aSubmission: TestInstallation['submission'] = (...about) => installation.submission(...about)

/** Whose queries began, in order. */
const askedBy = () => installation.observed.asked.map(({ scope }) => scope.organizationIds.join())

const errors = () => installation.logged.filter(({ level }) => level === 'error')

describe('a submitted query', () => {
  test('is on disk before it is answered for, waits, and is answered exactly', async () => {
    const { observed, metadata } = installation
    const engine = installation.start()
    observed.hold()
    const execution = await engine.submit(aSubmission())
    const [afterKill] = await (await installation.afterKill()).selectFrom('execution').selectAll().execute()
    expect(afterKill).toMatchObject({ id: execution.id, organizationId: 'acme', operation: 'usage.query' })
    expect(execution).toMatchObject({ state: 'queued', rowCount: 0, submittedAt: NOW })
    expect(execution.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    await observed.whenRunning(1)
    expect(await resultOf(engine, execution)).toEqual({ state: 'running', rows: [] })
    observed.release()
    await engine.idle()
    expect(await resultOf(engine, execution)).toEqual({ state: 'complete', rows: ACME_ROWS })
    expect(await readExecution(metadata, execution.id)).toMatchObject({ attempts: 1, rowCount: 2, finishedAt: NOW })
  })

  test('is asked with its own scope and query, and with the names that clients are registered under', async () => {
    const { observed } = installation
    const names = [{ organizationId: 'other', clientId: 'c', name: 'Registered' }]
    const engine = installation.start({ clientNamesFor: async () => names })
    const submission = aSubmission('other', { groupBy: ['clientId', 'clientName'], granularity: 'Week' })
    const execution = await engine.submit(submission)
    await engine.idle()
    expect(observed.asked[0]).toMatchObject({ scope: submission.scope, query: submission.query })
    expect(observed.asked[0]?.options.clientNames).toBe(names)
    expect(await engine.find(execution)).toMatchObject({ query: submission.query, rowCount: 1 })
    expect((await resultOf(engine, execution)).rows).toEqual([[Date.UTC(2026, 8, 28), 'c', 'Registered', 1]])
  })

  test('is found only by its organization, at its operation and its client', async () => {
    const engine = installation.start()
    const execution = await engine.submit(aSubmission())
    await engine.idle()
    expect((await engine.find(execution))?.state).toBe('complete')
    for (const other of [{ organizationId: 'other' }, { operation: 'usage.jobs' }, { clientId: 'c' }, { id: 'x' }]) {
      expect(await engine.find({ ...execution, ...other })).toBeUndefined()
    }
  })

  test('does not change when events are counted after it was answered, nor when the server restarts', async () => {
    const engine = installation.start()
    const execution = await engine.submit(aSubmission())
    await engine.idle()
    const before = await resultOf(engine, execution)
    await commitEvents(installation.store, [anEvent(), anEvent({ clientId: 'b' })])
    expect(await resultOf(engine, execution)).toEqual(before)
    await engine[Symbol.asyncDispose]()
    expect(await resultOf(installation.start(), execution)).toEqual(before)
    const engineNow = installation.start()
    const now = await engineNow.submit(aSubmission())
    await engineNow.idle()
    expect((await resultOf(engineNow, now)).rows).toEqual([
      ['b', 1],
      ['c', 2],
      ['d', 1],
    ])
  })
})

describe('turns', () => {
  test('come to an organization’s queries in the order of arrival, and to organizations in rotation', async () => {
    const { observed } = installation
    const engine = installation.start({ limits: { maxConcurrentExecutions: 1 } })
    observed.hold()
    for (const [index, organization] of ['a', 'a', 'a', 'a', 'b', 'b', 'c'].entries()) {
      await engine.submit(aSubmission(organization, { filters: { clientId: [String(index)] } }))
    }
    observed.release()
    await engine.idle()
    // The first one found nobody waiting.
    expect(askedBy().join('')).toBe('aabcaba')
    expect(observed.asked.map(({ query }) => query.filters.clientId?.[0]).join('')).toBe('0146253')
  })

  test('are given to as many at once as allowed, and never to more', async () => {
    const { observed } = installation
    const engine = installation.start({ limits: { maxConcurrentExecutions: 3 } })
    observed.hold()
    for (let index = 0; index < 20; index += 1) await engine.submit(aSubmission(`o${index % 4}`))
    await observed.whenRunning(3)
    observed.release()
    await engine.idle()
    expect(observed.mostRunning).toBe(3)
    expect(observed.asked).toHaveLength(20)
  })

  test('come to every one of 1,000 queries that arrive at once', async () => {
    const engine = installation.start()
    const executions = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => engine.submit(aSubmission(index % 10 === 0 ? 'acme' : 'silent'))),
    )
    await engine.idle()
    expect(installation.observed.mostRunning).toBeLessThanOrEqual(2)
    for (const execution of executions) {
      const expected = execution.organizationId === 'acme' ? ACME_ROWS : []
      expect(await resultOf(engine, execution)).toEqual({ state: 'complete', rows: expected })
    }
  })
})

describe('a failing query', () => {
  test('is tried once more', async () => {
    installation.observed.failures.push(new Error('the disk coughed'))
    const engine = installation.start()
    const execution = await engine.submit(aSubmission())
    await engine.idle()
    expect((await resultOf(engine, execution)).state).toBe('complete')
    expect(errors()).toEqual([])
    expect(installation.logged).toMatchObject([{ level: 'warn', fields: { executionId: execution.id } }])
  })

  test('has failed after two attempts, and the reason is logged and told to nobody', async () => {
    installation.observed.failures.push(new Error('the disk coughed'), new Error('the disk broke'))
    const engine = installation.start()
    const execution = await engine.submit(aSubmission())
    await engine.idle()
    expect(installation.observed.asked).toHaveLength(2)
    expect(await resultOf(engine, execution)).toEqual({ state: 'failed', rows: [] })
    expect(JSON.stringify(await engine.find(execution))).not.toContain('disk')
    expect(errors()).toMatchObject([{ fields: { executionId: execution.id, err: { message: 'the disk broke' } } }])
  })

  test('leaves nothing of the attempt that failed in its result', async () => {
    await commitEvents(installation.store, manyClients('many', 2500))
    let failed = false
    installation.observed.beforeChunk = (rows) => {
      if (rows < 1000 || failed) return
      failed = true
      throw new Error('half way')
    }
    const engine = installation.start()
    const execution = await engine.submit(aSubmission('many'))
    await engine.idle()
    expect(failed).toBe(true)
    const { rows } = await resultOf(engine, execution)
    expect(rows).toEqual(manyClients('many', 2500).map(({ clientId }) => [clientId, 1]))
  })

  test('is stopped after the timeout, and that is an attempt like another', async () => {
    installation.observed.hold()
    const engine = installation.start({ limits: { timeoutMs: 1 } })
    const execution = await engine.submit(aSubmission())
    await engine.idle()
    expect((await resultOf(engine, execution)).state).toBe('failed')
    expect(errors()).toMatchObject([{ fields: { err: { name: 'TimeoutError' } } }])
  })

  test('lets the others have their turns', async () => {
    installation.observed.failures.push(new Error('first'), new Error('second'))
    const engine = installation.start({ limits: { maxConcurrentExecutions: 1 } })
    const bad = await engine.submit(aSubmission())
    const good = [await engine.submit(aSubmission()), await engine.submit(aSubmission('other'))]
    await engine.idle()
    expect((await resultOf(engine, bad)).state).toBe('failed')
    for (const execution of good) expect((await resultOf(engine, execution)).state).toBe('complete')
  })

  test('is taken up again when its state could not be written, for example on a full disk', async () => {
    const { metadata } = installation
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const full = sql`CREATE TRIGGER full BEFORE UPDATE ON execution BEGIN SELECT RAISE(FAIL, 'disk full'); END`
    await full.execute(metadata)
    const engine = installation.start()
    const execution = await engine.submit(aSubmission())
    while (errors().length === 0) await new Promise(setImmediate)
    expect(errors()).toMatchObject([{ fields: { executionId: execution.id, err: { message: 'disk full' } } }])
    await sql`DROP TRIGGER full`.execute(metadata)
    vi.advanceTimersByTime(5_000)
    await engine.idle()
    expect((await resultOf(engine, execution)).state).toBe('complete')
  })
})

describe('a restart', () => {
  test('shows nothing of a result that was half written when the process was killed, then all of it', async () => {
    const { observed, store } = installation
    await commitEvents(store, manyClients('many', 2500))
    const halfWay = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    observed.beforeChunk = async (rows) => {
      if (rows < 2000) return
      halfWay.resolve()
      await goOn.promise
    }
    const execution = await installation.start().submit(aSubmission('many'))
    await halfWay.promise
    const metadata = await installation.afterKill()
    expect(await metadata.selectFrom('executionRows').select('chunk').execute()).not.toEqual([])
    const observedNow = new ObservedStore(store)
    observedNow.hold()
    const engine = installation.start({ metadata, store: observedNow })
    expect((await resultOf(engine, execution)).rows).toEqual([])
    observedNow.release()
    await engine.idle()
    expect((await resultOf(engine, execution)).rows).toEqual(
      manyClients('many', 2500).map(({ clientId }) => [clientId, 1]),
    )
    goOn.resolve()
  })

  test('runs again what waited and what ran when the process was killed, in the order of arrival', async () => {
    const { observed, store } = installation
    const killed = installation.start()
    observed.hold()
    const executions = []
    for (let index = 0; index < 5; index += 1) {
      executions.push(await killed.submit(aSubmission('acme', { filters: { clientId: ['c', String(index)] } })))
    }
    await observed.whenRunning(2)
    const metadata = await installation.afterKill()
    const observedNow = new ObservedStore(store)
    const engine = installation.start({ metadata, store: observedNow, limits: { maxConcurrentExecutions: 1 } })
    await engine.idle()
    expect(observedNow.asked.map(({ query }) => query.filters.clientId?.[1]).join('')).toBe('01234')
    for (const [index, execution] of executions.entries()) {
      expect(await resultOf(engine, execution)).toEqual({ state: 'complete', rows: [['c', 1]] })
      expect((await readExecution(metadata, execution.id))?.attempts).toBe(index < 2 ? 2 : 1)
    }
  })

  test('ends in Failed for a query that took the process with it twice', async () => {
    const { observed } = installation
    observed.hold()
    const execution = await installation.start().submit(aSubmission())
    await observed.whenRunning(1)
    const afterOne = await installation.afterKill()
    installation.start({ metadata: afterOne })
    await observed.whenRunning(2)
    const engine = installation.start({ metadata: await installation.afterKill(afterOne) })
    await engine.idle()
    expect((await resultOf(engine, execution)).state).toBe('failed')
    expect(observed.asked).toHaveLength(2)
    expect(errors()).toMatchObject([{ fields: { err: { message: 'its last attempt ended with the process' } } }])
  })

  test('after a graceful stop counts no attempt against what was interrupted, and answers it whole', async () => {
    const { observed, metadata, store } = installation
    await commitEvents(store, manyClients('many', 2500))
    const stopping = Promise.withResolvers<void>()
    const engine = installation.start()
    observed.beforeChunk = (rows) => {
      if (rows >= 1000) stopping.resolve(engine[Symbol.asyncDispose]())
    }
    const interrupted = await engine.submit(aSubmission('many'))
    await stopping.promise
    expect(await readExecution(metadata, interrupted.id)).toMatchObject({ state: 'queued', attempts: 0 })
    expect(await metadata.selectFrom('executionRows').select('chunk').execute()).toEqual([])
    const afterwards = await engine.submit(aSubmission())
    expect(observed.asked).toHaveLength(1)

    observed.beforeChunk = () => {}
    const next = installation.start()
    await next.idle()
    expect((await resultOf(next, interrupted)).rows).toEqual(
      manyClients('many', 2500).map(({ clientId }) => [clientId, 1]),
    )
    expect((await resultOf(next, afterwards)).rows).toEqual(ACME_ROWS)
    expect(errors()).toEqual([])
  })
})
