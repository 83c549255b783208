import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import { hashRandomSecret } from '../../identity/secrets.ts'
import { addIngestKey } from '../../metadata/ingest-keys.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { rowsOf } from '../../store/usage-store.contract.ts'
import { TEST_NOW } from '../test-app.ts'
import { TestEventsApp } from '../test-events-app.ts'

let app: TestEventsApp
beforeAll(async () => {
  app = await TestEventsApp.open((folder, now) =>
    openDuckDbStore({ path: join(folder, 'usage.duckdb'), now, log: SILENT_LOG }),
  )
})
afterAll(() => app[Symbol.asyncDispose]())

/** An organization with a key of the kind apitally. */
async function newHub() {
  const organizationId = await app.newSender()
  const key = randomUUID()
  const record = {
    id: `key-of-${organizationId}`,
    organizationId,
    name: 'Apitally',
    kind: 'apitally',
    anyOrganization: false,
    createdAt: TEST_NOW,
    createdBy: '',
  } as const
  await addIngestKey(app.metadata, record, hashRandomSecret(key))
  return { organizationId, key }
}

async function post(key: string, message: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const answer = await fetch(`${app.url}/v1/sources/apitally/v2/${key}/${message}`, {
    method: 'POST',
    headers,
    body: new Uint8Array(Buffer.from(body)),
  })
  return { status: answer.status, body: await answer.json() }
}

const RECORD = { consumer: 'billing', method: 'GET', path: '/users/:userId', status_code: 200 }
const sync = (requests: readonly object[]) =>
  JSON.stringify({ timestamp: TEST_NOW / 1000, instance_uuid: randomUUID(), message_uuid: randomUUID(), requests })
const requests = async (organizationId: string) => (await app.store.describe(organizationId)).requests

test('a record of n calls counts n, once however often its sync comes, and a record that is wrong is one reject', async () => {
  const { organizationId, key } = await newHub()
  const body = sync([
    { ...RECORD, request_count: 30, response_size_sum: 900, response_times: { 10: 20, 20: 10 } },
    { ...RECORD, status_code: 429, request_count: 5, response_times: { 0: 5 } },
    { ...RECORD, consumer: null, path: '', status_code: 404, request_count: 2 },
    { consumer: 'pipe', method: 'd', path: 'GET', status_code: null, request_count: 9 },
  ])
  const errors = [{ index: 3, code: 'invalid.value', message: expect.stringContaining('[status]') }]
  const first = { accepted: 37, duplicates: 0, rejected: 1, errors }
  expect(await post(key, 'prod/sync', body)).toEqual({ status: 200, body: first })
  expect(await post(key, 'prod/sync', body)).toEqual({ status: 200, body: { ...first, accepted: 0, duplicates: 37 } })
  const interval = { start: TEST_NOW - 3_600_000, end: TEST_NOW + 3_600_000 }
  const groupBy = ['clientId', 'templateUri', 'platform'] as const
  const metrics = ['requests', 'status200', 'status429', 'responseBytes', 'durationAvg'] as const
  expect(await rowsOf(app.store, makeScope([organizationId]), { interval, groupBy, metrics })).toEqual([
    ['', '(unmatched)', 'prod', 2, 0, 0, null, null],
    ['billing', 'users/{userId}', 'prod', 35, 30, 5, 900, 400 / 35],
  ])
})

test('nothing but syncs counts: the log tells the same calls one by one', async () => {
  const { organizationId, key } = await newHub()
  const nothing = { accepted: 0, duplicates: 0, rejected: 0, errors: [] }
  expect(await post(key, 'dev/startup', '{"paths":[],"versions":{}}')).toEqual({ status: 202, body: nothing })
  const log = gzipSync('{"uuid":"a","request":{"method":"GET","path":"/users/7"},"response":{"status_code":200}}\n')
  expect(await post(key, `dev/log?uuid=${randomUUID()}`, log)).toEqual({ status: 202, body: nothing })
  expect(await post(key, 'dev/sync', sync([]))).toEqual({ status: 200, body: nothing })
  expect(await requests(organizationId)).toBe(0)
})

test('a client id that is no key of the kind apitally is 404, by which a client knows that it is wrong', async () => {
  const { organizationId, key } = await newHub()
  const authorization = `Bearer token-${organizationId}`
  for (const wrong of [randomUUID(), 'x', `rmk_${'a'.repeat(43)}`]) {
    for (const message of ['sync', 'startup', 'log']) {
      const answer = await post(wrong, `prod/${message}`, sync([{ ...RECORD, request_count: 1 }]), { authorization })
      expect(answer).toMatchObject({ status: 404, body: { code: 'not.found' } })
    }
  }
  expect(await post(key, 'prod/other', '{}')).toMatchObject({ status: 404 })
  const elsewhere = await app.send(organizationId, '/v1/events', '{}', { authorization: `Bearer ${key}` })
  expect(elsewhere).toMatchObject({ status: 401 })
  expect(await requests(organizationId)).toBe(0)
})

test('a sync that is not JSON is 400', async () => {
  const { key } = await newHub()
  expect(await post(key, 'prod/sync', '{"requests":[')).toMatchObject({ status: 400, body: { code: 'bad.request' } })
})

test('syncs come by the door of named sources too, with its credentials', async () => {
  const sender = await app.newSender()
  const body = sync([{ ...RECORD, request_count: 1_000_000_000 }])
  const answer = await app.send(sender, '/v1/sources/apitally', body, { 'content-type': 'application/json' })
  expect(answer).toMatchObject({ status: 200, body: { accepted: 1_000_000_000 } })
  expect(await requests(sender)).toBe(1_000_000_000)
})
