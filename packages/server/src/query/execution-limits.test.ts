import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { anEvent } from '../domain/an-event.ts'
import { SILENT_LOG } from '../domain/log.ts'
import { Refusal } from '../domain/refusal.ts'
import { makeScope } from '../domain/scope.ts'
import { eraseExecutions, readExecution } from '../metadata/executions.ts'
import { commitEvents } from '../store/commit-events.ts'
import { openDuckDbStore } from '../store/duckdb/duckdb-store.ts'
import { StoreUnavailable } from '../store/usage-store.ts'
import { install, manyClients, NOW, resultOf, type TestInstallation } from './test-installation.ts'

const HOUR = 3_600_000
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

const errors = () => installation.logged.filter(({ level }) => level === 'error')

describe('time', () => {
  test('takes a result away when its hours are over, and then deletes it', async () => {
    const { clock, metadata } = installation
    const engine = installation.start({ limits: { resultHours: 24 } })
    const execution = await engine.submit(aSubmission())
    await engine.idle()
    clock.now = NOW + 24 * HOUR - 1
    expect((await resultOf(engine, execution)).rows).toEqual(ACME_ROWS)
    clock.now = NOW + 24 * HOUR
    expect(await engine.find(execution)).toBeUndefined()
    clock.now = NOW + 25 * HOUR
    await installation.start().idle()
    expect(await readExecution(metadata, execution.id)).toBeUndefined()
    expect(await metadata.selectFrom('executionRows').select('chunk').execute()).toEqual([])
  })

  test('is watched while the server runs: what expires is deleted without a restart', async () => {
    const { clock, metadata } = installation
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const engine = installation.start()
    const execution = await engine.submit(aSubmission())
    await engine.idle()
    clock.now = NOW + 25 * HOUR
    vi.advanceTimersByTime(60_000)
    await engine[Symbol.asyncDispose]()
    expect(await readExecution(metadata, execution.id)).toBeUndefined()
  })

  test('lets an answer that is being read when it expires be read to its end', async () => {
    const { clock } = installation
    await commitEvents(installation.store, manyClients('many', 2500))
    const engine = installation.start()
    const execution = await engine.submit(aSubmission('many'))
    await engine.idle()
    const found = await engine.find(execution)
    if (found === undefined) throw new Error('the result is gone')
    let rows = 0
    for await (const chunk of engine.rows(found)) {
      rows += chunk.length
      clock.now = NOW + 24 * HOUR + 1
      await installation.start().idle()
    }
    expect(rows).toBe(2500)
  })

  test('fails a query that waited for more than 24 hours', async () => {
    const { clock, observed } = installation
    observed.hold()
    const stopped = installation.start({ limits: { maxConcurrentExecutions: 1 } })
    const executions = [await stopped.submit(aSubmission()), await stopped.submit(aSubmission())]
    clock.now += 1
    const inTime = await stopped.submit(aSubmission())
    await stopped[Symbol.asyncDispose]()
    observed.release()
    clock.now = NOW + 24 * HOUR + 1
    const engine = installation.start()
    await engine.idle()
    for (const execution of executions) expect((await engine.find(execution))?.state).toBe('failed')
    expect((await engine.find(inTime))?.state).toBe('complete')
    expect(errors()).toMatchObject([
      { fields: { err: { message: 'it waited for more than 24 hours' } } },
      { fields: { err: { message: 'it waited for more than 24 hours' } } },
    ])
  })
})

describe('an organization’s share', () => {
  test('of waiting queries is kept to, however many arrive at once, and others do not notice', async () => {
    const { observed } = installation
    const engine = installation.start({ limits: { maxConcurrentExecutions: 1, maxQueuedPerOrganization: 5 } })
    observed.hold()
    await engine.submit(aSubmission())
    await observed.whenRunning(1)
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => engine.submit(aSubmission())))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    for (const reason of reasons) {
      expect(reason).toBeInstanceOf(Refusal)
      expect(reason).toMatchObject({
        code: 'too.many.requests',
        retryAfter: 10,
        message:
          'Your organization has [5] usage queries waiting, which is the maximum. Retry the request in [10] seconds',
      })
    }
    await engine.submit(aSubmission('other'))
    observed.release()
    await engine.idle()
    expect((await engine.submit(aSubmission())).state).toBe('queued')
  })

  test('of kept bytes fails the result that would pass it, and refuses more until results expire', async () => {
    const { clock } = installation
    const clients = Array.from({ length: 500 }, (_, index) => createHash('sha256').update(`${index}`).digest('hex'))
    await commitEvents(
      installation.store,
      clients.map((clientId) => anEvent({ organizationId: 'many', clientId })),
    )
    const engine = installation.start({ limits: { maxKeptBytesPerOrganization: 3000 } })
    const tooLarge = await engine.submit(aSubmission('many'))
    await engine.idle()
    expect((await engine.find(tooLarge))?.state).toBe('failed')
    expect(installation.observed.asked).toHaveLength(1)
    expect(errors()).toMatchObject([{ fields: { err: { name: 'NoRoom' } } }])
    const small = { filters: { clientId: clients.slice(0, 1) } }
    for (let kept = 0; kept < 40; kept += 1) {
      await engine.submit(aSubmission('many', small))
      await engine.idle()
    }
    const before = await usedBytes('many')
    expect(before).toBeGreaterThan(1500)
    expect(before).toBeLessThanOrEqual(3000)

    const restarted = installation.start({ limits: { maxKeptBytesPerOrganization: before } })
    await expect(restarted.submit(aSubmission('many', small))).rejects.toMatchObject({
      code: 'too.many.requests',
      retryAfter: 60,
    })
    await restarted.submit(aSubmission('other'))
    await restarted.idle()
    clock.now = NOW + 25 * HOUR
    const later = installation.start({ limits: { maxKeptBytesPerOrganization: before } })
    expect((await later.submit(aSubmission('many', small))).state).toBe('queued')
    await later.idle()
  })

  async function usedBytes(organizationId: string): Promise<number> {
    const rows = await installation.metadata
      .selectFrom('executionRows')
      .innerJoin('execution', 'execution.id', 'executionRows.executionId')
      .where('organizationId', '=', organizationId)
      .select('rows')
      .execute()
    return rows.reduce((sum, row) => sum + row.rows.length, 0)
  }
})

describe('an erased organization', () => {
  test('has no executions any more, not even those that were running or waiting', async () => {
    const { observed, metadata } = installation
    const engine = installation.start({ limits: { maxConcurrentExecutions: 1 } })
    const complete = await engine.submit(aSubmission())
    await engine.idle()
    observed.hold()
    const running = await engine.submit(aSubmission())
    await observed.whenRunning(1)
    const waiting = await engine.submit(aSubmission())
    const others = await engine.submit(aSubmission('other'))
    await eraseExecutions(metadata, 'acme')
    observed.release()
    await engine.idle()
    for (const execution of [complete, running, waiting]) expect(await engine.find(execution)).toBeUndefined()
    const left = await metadata.selectFrom('executionRows').select('executionId').execute()
    expect(left.map(({ executionId }) => executionId)).toEqual([others.id])
    expect(errors()).toEqual([])
  })
})

describe('a full disk', () => {
  test('refuses queries without an end to those that wait, and takes them again when there is room', async () => {
    const { metadata } = installation
    const engine = installation.start()
    const { rows } = await sql<{ pageCount: number }>`PRAGMA page_count`.execute(metadata)
    await sql.raw(`PRAGMA max_page_count = ${rows[0]?.pageCount}`).execute(metadata)
    const large = { filters: { templateUri: ['x'.repeat(100_000)] } }
    await expect(engine.submit(aSubmission('acme', large))).rejects.toBeInstanceOf(StoreUnavailable)
    expect(await metadata.selectFrom('execution').select('id').execute()).toEqual([])
    await sql`PRAGMA max_page_count = 1000000`.execute(metadata)
    const execution = await engine.submit(aSubmission())
    await engine.idle()
    expect((await resultOf(engine, execution)).rows).toEqual(ACME_ROWS)
  })
})

describe('a large result', () => {
  const ROWS = 12_345

  test('is written and read a chunk at a time', async () => {
    const { observed, metadata } = installation
    await commitEvents(installation.store, manyClients('many', ROWS))
    let mostUnkept = 0
    observed.beforeChunk = async (rows) => {
      const kept = await metadata.selectFrom('executionRows').select('rowCount').execute()
      mostUnkept = Math.max(mostUnkept, rows - kept.reduce((sum, { rowCount }) => sum + rowCount, 0))
    }
    const engine = installation.start()
    const execution = await engine.submit(aSubmission('many'))
    await engine.idle()
    // One chunk that is full and one that is not.
    expect(mostUnkept).toBeLessThan(2000)
    const found = await engine.find(execution)
    if (found === undefined) throw new Error('the result is gone')
    expect(found.rowCount).toBe(ROWS)
    const chunks = engine.rows(found)[Symbol.asyncIterator]()
    const first = await chunks.next()
    expect(first.value).toHaveLength(1000)
    // Nothing was read ahead: what is gone now is missed, and never passed over in silence.
    await metadata.deleteFrom('executionRows').where('chunk', '=', 1).execute()
    await expect(chunks.next()).rejects.toThrow('Row 1000')
  })

  test('is read in pages of any size that together are the whole', async () => {
    const expected = manyClients('many', ROWS).map(({ clientId }) => [clientId, 1])
    await commitEvents(installation.store, manyClients('many', ROWS))
    const engine = installation.start()
    const execution = await engine.submit(aSubmission('many'))
    await engine.idle()
    expect((await resultOf(engine, execution)).rows).toEqual(expected)
    for (const [first, count] of [
      [0, 0],
      [0, 1],
      [999, 2],
      [1000, 1000],
      [2500, 700],
      [12_000, 5000],
      [ROWS, 1],
    ] as const) {
      expect((await resultOf(engine, execution, first, count)).rows).toEqual(expected.slice(first, first + count))
    }
  })
})
