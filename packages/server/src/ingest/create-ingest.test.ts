import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventBatch } from '../domain/event-batch.ts'
import { SILENT_LOG } from '../domain/log.ts'
import { openDuckDbStore } from '../store/duckdb/duckdb-store.ts'
import { StoreUnavailable, type UsageStore } from '../store/usage-store.ts'
import { createTemplateResolver } from '../templates/template-resolver.ts'
import { createIngest, type IngestLimits, type IngestMetrics } from './create-ingest.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const SENDER = { organizationId: 'acme', anyOrganization: false }

let folder: string
let store: UsageStore

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-ingest-'))
  store = await openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => NOW, log: SILENT_LOG })
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

interface Given {
  readonly limits?: Partial<IngestLimits>
  readonly commit?: UsageStore['commit']
  readonly oldestKept?: () => number
  readonly metrics?: IngestMetrics
}

function open({ limits = {}, commit = (batches) => store.commit(batches), ...rest }: Given = {}) {
  return createIngest({
    store: {
      commit,
      identityKey: store.identityKey,
      organizationNumber: (organizationId) => store.organizationNumber(organizationId),
    },
    resolver: createTemplateResolver({ templatesOf: async () => ['users/{id}'] }),
    organizationExists: async () => false,
    now: () => NOW,
    limits: {
      groupCommitMs: 0,
      groupCommitEvents: 1_000,
      maxEventsInFlight: 10_000,
      maxBytesInFlight: 1_000_000,
      readerThreads: 0,
      ...limits,
    },
    log: SILENT_LOG,
    ...rest,
  })
}

const line = (id: string, fields: object = {}) =>
  JSON.stringify({ id, time: NOW, method: 'GET', path: `/users/${id}`, status: 200, ...fields })
const lines = (...ids: string[]) => Buffer.from(ids.map((id) => line(id)).join('\n'))

/** Commits that wait until they are let go. */
function held() {
  let letGo = () => {}
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const commit = async (batches: readonly EventBatch[]) => {
    await gate
    return store.commit(batches)
  }
  return { commit, letGo: () => letGo() }
}

describe('a body', () => {
  test('is counted once when it is answered, and never again', async () => {
    await using ingest = open()
    expect(await ingest.accept(SENDER, 'native-ndjson', lines('a', 'b', 'a'))).toEqual({
      accepted: 2,
      duplicates: 1,
      rejected: 0,
      errors: [],
    })
    expect(await ingest.accept(SENDER, 'native-ndjson', lines('b', 'c'))).toMatchObject({ accepted: 1, duplicates: 1 })
    expect(await store.describe('acme')).toEqual({ requests: 3, newestEvent: NOW })
  })

  test('has a receipt of its own when many are sent at once', async () => {
    await using ingest = open({ limits: { groupCommitMs: 2 } })
    const bodies = Array.from({ length: 20 }, (_, n) => lines(`x${n}`, `y${n}`, `x${n}`))
    const broken = Buffer.from(`${line('z')}\n{"id":"bad"}\nnonsense`)
    const receipts = await Promise.all([...bodies, broken].map((body) => ingest.accept(SENDER, 'native-ndjson', body)))
    expect(receipts.slice(0, 20)).toEqual(Array(20).fill({ accepted: 2, duplicates: 1, rejected: 0, errors: [] }))
    expect(receipts[20]).toMatchObject({
      accepted: 1,
      duplicates: 0,
      rejected: 2,
      errors: [{ index: 1 }, { index: 2 }],
    })
    expect((await store.describe('acme')).requests).toBe(41)
  })

  test('without an event costs no commit', async () => {
    await using ingest = open({ commit: () => Promise.reject(new Error('no commit is needed')) })
    const nothing = { accepted: 0, duplicates: 0, rejected: 0, errors: [] }
    for (const source of ['native-ndjson', 'native-json', 'cloudevent', 'cloudevents-batch']) {
      expect(await ingest.accept(SENDER, source, Buffer.from(''))).toEqual(nothing)
    }
    expect(await ingest.accept(SENDER, 'native-json', Buffer.from('[]'))).toEqual(nothing)
    expect(await ingest.accept(SENDER, 'native-ndjson', Buffer.from('5'))).toMatchObject({ accepted: 0, rejected: 1 })
  })

  test('that cannot be read counts nothing', async () => {
    await using ingest = open()
    const body = Buffer.from(`[${line('a')},`)
    await expect(ingest.accept(SENDER, 'native-json', body)).rejects.toMatchObject({ code: 'bad.request' })
    expect((await store.describe('acme')).requests).toBe(0)
  })

  test('may have any characters in it', async () => {
    await using ingest = open()
    const strange = ['a\u0000b', '\u0001\u001f\u007f', '\ud800', '😀', '\u202e', "';--", '\ufeff']
    const body = Buffer.from(
      strange.map((text) => line(text, { clientId: text, userId: text, platform: text })).join('\n'),
    )
    expect(await ingest.accept(SENDER, 'native-ndjson', body)).toMatchObject({ accepted: strange.length, rejected: 0 })
    expect(await ingest.accept(SENDER, 'native-ndjson', body)).toMatchObject({ duplicates: strange.length })
  })

  test('has events past retention rejected', async () => {
    await using ingest = open({ oldestKept: () => NOW - 1_000 })
    const body = Buffer.from(`${line('a', { time: NOW - 1_001 })}\n${line('b', { time: NOW - 1_000 })}`)
    expect(await ingest.accept(SENDER, 'native-ndjson', body)).toMatchObject({
      accepted: 1,
      rejected: 1,
      errors: [{ index: 0, code: 'invalid.date' }],
    })
  })
})

describe('too much at once', () => {
  const busy = { code: 'service.unavailable', retryAfter: 1 }

  test('in events is refused, and taken when there is room again', async () => {
    const { commit, letGo } = held()
    await using ingest = open({ commit, limits: { maxEventsInFlight: 3 } })
    const first = ingest.accept(SENDER, 'native-ndjson', lines('a', 'b'))
    await new Promise((resolve) => setImmediate(resolve))
    await expect(ingest.accept(SENDER, 'native-ndjson', lines('c', 'd'))).rejects.toMatchObject(busy)
    letGo()
    expect(await first).toMatchObject({ accepted: 2 })
    expect(await ingest.accept(SENDER, 'native-ndjson', lines('c', 'd'))).toMatchObject({ accepted: 2, duplicates: 0 })
    expect((await store.describe('acme')).requests).toBe(4)
  })

  test('in bytes is refused', async () => {
    const { commit, letGo } = held()
    await using ingest = open({ commit, limits: { maxBytesInFlight: 150 } })
    const first = ingest.accept(SENDER, 'native-ndjson', lines('a'))
    await expect(ingest.accept(SENDER, 'native-ndjson', lines('b', 'c'))).rejects.toMatchObject(busy)
    letGo()
    expect(await first).toMatchObject({ accepted: 1 })
  })

  test('in one body alone is taken: it could never be sent otherwise', async () => {
    await using ingest = open({ limits: { maxEventsInFlight: 1, maxBytesInFlight: 1 } })
    expect(await ingest.accept(SENDER, 'native-ndjson', lines('a', 'b'))).toMatchObject({ accepted: 2 })
    expect(await ingest.accept(SENDER, 'native-ndjson', lines('c', 'd'))).toMatchObject({ accepted: 2 })
  })
})

describe('a store that takes nothing', () => {
  test('has bodies refused so that they are sent again, and counts them then', async () => {
    let full = true
    await using ingest = open({
      commit: (events) => (full ? Promise.reject(new StoreUnavailable('disk full')) : store.commit(events)),
    })
    await expect(ingest.accept(SENDER, 'native-ndjson', lines('a'))).rejects.toMatchObject({
      code: 'service.unavailable',
      retryAfter: expect.any(Number),
    })
    full = false
    expect(await ingest.accept(SENDER, 'native-ndjson', lines('a'))).toMatchObject({ accepted: 1, duplicates: 0 })
  })

  test('through a bug of ours is no refusal', async () => {
    await using ingest = open({ commit: () => Promise.reject(new TypeError('bug')) })
    await expect(ingest.accept(SENDER, 'native-ndjson', lines('a'))).rejects.toThrow(TypeError)
  })
})

describe('a stop', () => {
  test('commits and answers what was received, and takes nothing more', async () => {
    const ingest = open({ limits: { groupCommitMs: 1_000_000 } })
    const receipts = [lines('a'), lines('b', 'c')].map((body) => ingest.accept(SENDER, 'native-ndjson', body))
    const disposed = ingest[Symbol.asyncDispose]()
    await expect(ingest.accept(SENDER, 'native-ndjson', lines('d'))).rejects.toMatchObject({
      code: 'service.unavailable',
    })
    await disposed
    expect(await Promise.all(receipts)).toMatchObject([{ accepted: 1 }, { accepted: 2 }])
    expect((await store.describe('acme')).requests).toBe(3)
  })
})

test('telemetry learns of every body and every commit', async () => {
  const seen: unknown[] = []
  const metrics = {
    recordBody: ({ accepted, duplicates, rejected }: { accepted: number; duplicates: number; rejected: number }) =>
      seen.push([accepted, duplicates, rejected]),
    recordRefusedBody: () => seen.push('refused'),
    recordCommit: (_milliseconds: number, succeeded: boolean) => seen.push(succeeded),
  }
  await using ingest = open({ metrics })
  await ingest.accept(SENDER, 'native-ndjson', Buffer.concat([lines('a', 'a'), Buffer.from('\nnonsense')]))
  await expect(ingest.accept(SENDER, 'native-json', Buffer.from('{'))).rejects.toMatchObject({ code: 'bad.request' })
  expect(seen).toEqual([true, [1, 1, 1], 'refused'])
})
