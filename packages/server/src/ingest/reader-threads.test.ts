import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SILENT_LOG } from '../domain/log.ts'
import { makeScope } from '../domain/scope.ts'
import { openDuckDbStore } from '../store/duckdb/duckdb-store.ts'
import type { UsageStore } from '../store/usage-store.ts'
import { createTemplateResolver } from '../templates/template-resolver.ts'
import { createIngest } from './create-ingest.ts'
import { ReaderThreadEnded, ReaderThreads } from './reader-threads.ts'
import { PLAIN_READING } from './sources/source.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const ACME = { organizationId: 'acme', anyOrganization: false }
const PLATFORM = { organizationId: 'platform', anyOrganization: true }
/** More than a body that is read without a thread. */
const MANY = 2_000

let folder: string
let store: UsageStore
let templates: readonly string[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-threads-'))
  store = await openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => NOW, log: SILENT_LOG })
  templates = ['users/{id}']
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

function open(readerThreads: number, maxBytesInFlight = 100_000_000) {
  const resolver = createTemplateResolver({ templatesOf: async () => templates })
  const ingest = createIngest({
    store,
    resolver,
    organizationExists: async (organizationId) => organizationId === 'globex',
    now: () => NOW,
    limits: {
      groupCommitMs: 0,
      groupCommitEvents: 1_000,
      maxEventsInFlight: 100_000,
      maxBytesInFlight,
      readerThreads,
    },
    log: SILENT_LOG,
  })
  return { ingest, resolver }
}

/** Calls of 7 clients, every tenth of another organization and every hundredth not to be counted. */
const lines = (from: number) =>
  Array.from({ length: MANY }, (_, index) =>
    JSON.stringify({
      id: `${from + index}`,
      time: NOW - index * 1000,
      organizationId: index % 10 === 0 ? 'globex' : undefined,
      clientId: `client-${index % 7}`,
      userId: `ann-${from + index}`,
      method: 'get',
      path: `/users/${index}?token=secret`,
      status: index % 100 === 99 ? 1000 : 200,
      durationMs: index % 2 === 0 ? index / 8 : undefined,
    }),
  ).join('\n')

async function usageOf(organizationId: string) {
  const { chunks } = await store.query(makeScope([organizationId]), {
    interval: { start: 0, end: NOW + 60_000 },
    timeZone: 'UTC',
    granularity: 'Minute',
    groupBy: ['clientId', 'templateUri', 'httpMethod'],
    metrics: ['requests', 'status200', 'durationAvg', 'durationP95'],
    filters: {},
    sortBy: [],
  })
  return (await Array.fromAsync(chunks)).flat()
}

test('bodies are read by threads as they are read without, over several bodies at once and in both organizations', async () => {
  const answers = []
  for (const readerThreads of [0, 2]) {
    const { ingest } = open(readerThreads)
    const receipts = await Promise.all(
      [0, MANY, 0].map((from) => ingest.acceptFully(PLATFORM, 'native-ndjson', Buffer.from(lines(from)))),
    )
    expect(receipts.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(2 * MANY * 0.99)
    expect(receipts.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(MANY * 0.99)
    const { errors, unmatched } = receipts[0] ?? { errors: [], unmatched: 0 }
    answers.push({ errors, unmatched, platform: await usageOf('platform'), globex: await usageOf('globex') })
    await ingest[Symbol.asyncDispose]()
    for (const organizationId of ['platform', 'globex']) await store.erase(organizationId)
  }
  expect(answers[1]).toEqual(answers[0])
  expect(answers[0]?.globex.reduce((sum, row) => sum + Number(row[4]), 0)).toBe(2 * MANY * 0.1)
})

test('what a thread cannot read is refused in the same words, and the next body is read', async () => {
  const garbage = Buffer.from(`[${'1,'.repeat(50_000)}`)
  const { ingest } = open(1)
  const refusal = await ingest.accept(ACME, 'native-json', garbage).catch((error: unknown) => error)
  const here = open(0).ingest
  const same = await here.accept(ACME, 'native-json', Buffer.from(`[${'1,'.repeat(50_000)}`)).catch((error) => error)
  expect(refusal).toMatchObject({ name: 'Refusal', code: 'bad.request', message: same.message })
  const receipt = await ingest.accept(ACME, 'native-ndjson', Buffer.from(lines(0)))
  expect(receipt).toMatchObject({ accepted: MANY * 0.89, rejected: MANY * 0.11 })
  expect(receipt.errors[0]).toMatchObject({ index: 0, code: 'not.authorized' })
  await ingest[Symbol.asyncDispose]()
})

test('templates that have changed hold from the next body on', async () => {
  const { ingest, resolver } = open(1)
  await ingest.accept(ACME, 'native-ndjson', Buffer.from(lines(0)))
  templates = ['users/{userId}']
  resolver.refresh('acme')
  await ingest.accept(ACME, 'native-ndjson', Buffer.from(lines(MANY)))
  const byTemplate = Map.groupBy(await usageOf('acme'), ([, , template]) => template)
  expect([...byTemplate.keys()].toSorted()).toEqual(['users/{id}', 'users/{userId}'])
  await ingest[Symbol.asyncDispose]()
})

test('a thread that ends fails the body that it reads and no other', async () => {
  const threads = new ReaderThreads(
    1,
    { identityKey: 'key' },
    {
      placeOf: async (_, isOwn) => (isOwn ? { number: 1, version: 0 } : new Promise(() => {})),
      templatesOf: async () => templates,
    },
  )
  const body = (text: string) => ({
    source: 'native-ndjson',
    bytes: Buffer.from(text),
    reading: PLAIN_READING,
    sender: PLATFORM,
    limits: { now: NOW, oldest: 0 },
  })
  const waitsForEver = threads.read(body(lines(0)))
  const outcome = expect(waitsForEver).rejects.toThrow(ReaderThreadEnded)
  await new Promise((resolve) => setImmediate(resolve))
  await threads[Symbol.asyncDispose]()
  await outcome
  const own = lines(0).replaceAll('"organizationId":"globex",', '')
  expect((await threads.read(body(own))).batch.count).toBe(MANY * 0.99)
  await threads[Symbol.asyncDispose]()
})

test('bodies that threads have read leave their room to others, however many come', async () => {
  const body = () => Buffer.from(lines(0))
  const { ingest } = open(1, 2 * body().byteLength)
  for (let turn = 0; turn < 5; turn++) {
    const receipt = await ingest.accept(PLATFORM, 'native-ndjson', body())
    expect(receipt.accepted + receipt.duplicates).toBe(MANY * 0.99)
  }
  await ingest[Symbol.asyncDispose]()
})
