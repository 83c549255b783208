import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type MetadataDatabase, openMetadata } from './database.ts'
import {
  addExecution,
  addRows,
  cancelExecution,
  completeExecution,
  deleteExpired,
  deleteOrphanedRows,
  endAttempt,
  eraseExecutions,
  failExecution,
  findExecution,
  keptBytesByOrganization,
  readExecution,
  readRows,
  resumeExecutions,
  startAttempt,
} from './executions.ts'

let folder: string
let db: MetadataDatabase

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-executions-'))
  db = await openMetadata(join(folder, 'metadata.sqlite'))
})

afterEach(async () => {
  await db.destroy()
  rmSync(folder, { recursive: true })
})

const add = (id: string, organizationId = 'acme') =>
  addExecution(db, {
    id,
    organizationId,
    operation: 'usage.query',
    clientId: '',
    scope: '{}',
    query: '{}',
    submittedAt: 1,
    expiresAt: 100,
  })

const chunkOf = (executionId: string, chunk: number, firstRow: number, rowCount: number) => ({
  executionId,
  chunk,
  firstRow,
  rowCount,
  rows: Uint8Array.of(chunk),
})
const addChunk = (...chunk: Parameters<typeof chunkOf>) => addRows(db, chunkOf(...chunk))

const chunksOf = async (executionId: string) =>
  (await db.selectFrom('executionRows').select('chunk').where('executionId', '=', executionId).execute()).length

async function complete(id: string, expiresAt = 100, keptBytes = 7) {
  await startAttempt(db, id)
  return completeExecution(db, id, { rowCount: 1, keptBytes, finishedAt: 2, expiresAt }, chunkOf(id, 0, 0, 1))
}

test('a new execution waits, has had no attempt and keeps nothing', async () => {
  await add('e1')
  expect(await readExecution(db, 'e1')).toMatchObject({
    state: 'queued',
    attempts: 0,
    rowCount: 0,
    keptBytes: 0,
    finishedAt: null,
  })
  expect(await readExecution(db, 'e2')).toBeUndefined()
})

test('an execution is found only with its organization, its operation and its client', async () => {
  await add('e1')
  const owner = { id: 'e1', organizationId: 'acme', operation: 'usage.query', clientId: '' }
  expect((await findExecution(db, owner))?.id).toBe('e1')
  for (const other of [{ id: 'e2' }, { organizationId: 'other' }, { operation: 'usage.jobs' }, { clientId: 'c' }]) {
    expect(await findExecution(db, { ...owner, ...other })).toBeUndefined()
  }
})

test('after a start, what ran and what waited waits in the order of arrival; what ended does not', async () => {
  for (const id of ['e3', 'e1', 'e4', 'e2']) await add(id, id === 'e4' ? 'other' : 'acme')
  await startAttempt(db, 'e1')
  await complete('e3')
  expect(await resumeExecutions(db)).toEqual([
    { id: 'e1', organizationId: 'acme' },
    { id: 'e4', organizationId: 'other' },
    { id: 'e2', organizationId: 'acme' },
  ])
  expect(await readExecution(db, 'e1')).toMatchObject({ state: 'queued', attempts: 1 })
})

test('an attempt begins without the rows of the one before, and counts unless it is withdrawn', async () => {
  await add('e1')
  expect(await startAttempt(db, 'e1')).toBe(true)
  expect(await readExecution(db, 'e1')).toMatchObject({ state: 'running', attempts: 1 })
  await addChunk('e1', 0, 0, 1000)
  await endAttempt(db, 'e1', 'failed')
  expect(await chunksOf('e1')).toBe(0)
  expect(await readExecution(db, 'e1')).toMatchObject({ state: 'queued', attempts: 1 })

  await startAttempt(db, 'e1')
  await addChunk('e1', 0, 0, 1000)
  await resumeExecutions(db)
  expect(await startAttempt(db, 'e1')).toBe(true)
  expect(await chunksOf('e1')).toBe(0)
  expect(await readExecution(db, 'e1')).toMatchObject({ state: 'running', attempts: 3 })
  await endAttempt(db, 'e1', 'withdrawn')
  expect(await readExecution(db, 'e1')).toMatchObject({ state: 'queued', attempts: 2 })

  expect(await startAttempt(db, 'gone')).toBe(false)
})

test('a complete execution has its rows, those that came with the end included', async () => {
  await add('e1')
  await startAttempt(db, 'e1')
  await addChunk('e1', 0, 0, 1000)
  const result = { rowCount: 1001, keptBytes: 2, finishedAt: 5, expiresAt: 50 }
  expect(await completeExecution(db, 'e1', result, chunkOf('e1', 1, 1000, 1))).toBe(true)
  expect(await readExecution(db, 'e1')).toMatchObject({ state: 'complete', ...result })
  expect(await chunksOf('e1')).toBe(2)
})

test('a failed execution keeps no rows', async () => {
  await add('e1')
  await startAttempt(db, 'e1')
  await addChunk('e1', 0, 0, 1000)
  await failExecution(db, 'e1', { finishedAt: 5, expiresAt: 50 })
  expect(await readExecution(db, 'e1')).toMatchObject({ state: 'failed', finishedAt: 5, expiresAt: 50, rowCount: 0 })
  expect(await chunksOf('e1')).toBe(0)
})

test('a cancelled execution keeps no rows and stays cancelled, whatever an attempt that still runs does', async () => {
  for (const id of ['waiting', 'running', 'complete']) await add(id)
  await startAttempt(db, 'running')
  await addChunk('running', 0, 0, 1000)
  await complete('complete', 100, 700)
  const ending = { finishedAt: 5, expiresAt: 50 }
  expect(await cancelExecution(db, 'waiting', ending)).toBe(0)
  expect(await cancelExecution(db, 'running', ending)).toBe(0)
  expect(await cancelExecution(db, 'complete', ending)).toBe(700)

  expect(await startAttempt(db, 'waiting')).toBe(false)
  await addChunk('running', 1, 1000, 1000)
  const result = { rowCount: 2001, keptBytes: 9, finishedAt: 6, expiresAt: 60 }
  expect(await completeExecution(db, 'running', result, chunkOf('running', 2, 2000, 1))).toBe(false)
  await failExecution(db, 'running', { finishedAt: 6, expiresAt: 60 })
  await endAttempt(db, 'running', 'withdrawn')
  for (const id of ['waiting', 'running', 'complete']) {
    expect(await readExecution(db, id)).toMatchObject({ state: 'cancelled', rowCount: 0, keptBytes: 0, ...ending })
    expect(await chunksOf(id)).toBe(0)
  }
  expect(await resumeExecutions(db)).toEqual([])
})

test('every row is found in its chunk, wherever the search begins, and none past the last', async () => {
  await add('e1')
  await add('e2')
  const sizes = [3, 3, 3, 1]
  for (const [chunk, size] of sizes.entries()) await addChunk('e1', chunk, chunk * 3, size)
  await addChunk('e2', 0, 0, 100)
  for (let row = 0; row < 10; row += 1) {
    const chunk = Math.floor(row / 3)
    for (let from = 0; from <= chunk; from += 1) {
      expect(await readRows(db, 'e1', row, from)).toEqual({
        executionId: 'e1',
        chunk,
        firstRow: chunk * 3,
        rowCount: sizes[chunk],
        rows: Uint8Array.of(chunk),
      })
    }
  }
  expect(await readRows(db, 'e1', 10, 0)).toBeUndefined()
})

test('what ended and expired is deleted with its rows; what waits or runs is not, however old', async () => {
  for (const id of ['kept', 'expired', 'failed', 'waiting', 'running']) await add(id)
  await complete('kept', 101)
  await complete('expired', 100)
  await failExecution(db, 'failed', { finishedAt: 1, expiresAt: 99 })
  await startAttempt(db, 'running')
  await addChunk('running', 0, 0, 1)
  await deleteExpired(db, 100)
  const left = await db.selectFrom('execution').select('id').orderBy('id').execute()
  expect(left.map((row) => row.id)).toEqual(['kept', 'running', 'waiting'])
  expect([await chunksOf('kept'), await chunksOf('expired'), await chunksOf('running')]).toEqual([1, 0, 1])
})

test('what expired together is deleted to the last, small results and large ones', async () => {
  for (let number = 0; number < 450; number += 1) await add(`e${number}`)
  const large = new Set(['e7', 'e8', 'e300', 'e449'])
  for (let number = 0; number < 450; number += 1) {
    await complete(`e${number}`, 100, large.has(`e${number}`) ? 20 * 1024 * 1024 : 5)
  }
  await deleteExpired(db, 100)
  expect(await db.selectFrom('execution').select('id').execute()).toEqual([])
  expect(await db.selectFrom('executionRows').select('chunk').execute()).toEqual([])
})

test('erasing an organization takes its executions, also one that is being answered, and nobody else’s', async () => {
  for (const id of ['done', 'running']) await add(id)
  await add('other', 'other')
  await complete('done')
  await complete('other')
  await startAttempt(db, 'running')
  await addChunk('running', 0, 0, 1)
  await eraseExecutions(db, 'acme')
  await addChunk('running', 1, 1, 1)
  const result = { rowCount: 3, keptBytes: 2, finishedAt: 2, expiresAt: 9 }
  expect(await completeExecution(db, 'running', result, chunkOf('running', 2, 2, 1))).toBe(false)
  expect((await db.selectFrom('execution').select('id').execute()).map((row) => row.id)).toEqual(['other'])
  expect((await db.selectFrom('executionRows').select('executionId').execute()).map((row) => row.executionId)).toEqual([
    'other',
  ])
})

test('rows whose execution is gone are deleted', async () => {
  await add('e1')
  await complete('e1')
  await addChunk('gone', 0, 0, 1)
  await deleteOrphanedRows(db)
  expect([await chunksOf('e1'), await chunksOf('gone')]).toEqual([1, 0])
})

test('kept bytes are summed by organization', async () => {
  for (const [id, organization] of [
    ['e1', 'acme'],
    ['e2', 'acme'],
    ['e3', 'other'],
  ] as const) {
    await add(id, organization)
    await complete(id, 100, 5)
  }
  expect(await keptBytesByOrganization(db)).toEqual(
    new Map([
      ['acme', 10],
      ['other', 5],
    ]),
  )
})
