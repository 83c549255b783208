import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { newClient } from '../../identity/clients.ts'
import { restoreScope } from '../../identity/scopes.ts'
import { hashRandomSecret } from '../../identity/secrets.ts'
import { addClient } from '../../metadata/clients.ts'
import { type MetadataDatabase, openMetadata } from '../../metadata/database.ts'
import { addOrganization } from '../../metadata/organizations.ts'
import { addToken } from '../../metadata/tokens.ts'
import { createExecutions } from '../../query/execution-engine.ts'
import { ObservedStore } from '../../query/observed-store.ts'
import { commitEvents } from '../../store/commit-events.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import type { UsageStore } from '../../store/usage-store.ts'
import { createApp } from '../app.ts'
import { TEST_NOW, testParts } from '../test-app.ts'

const QUARTER_MS = 900_000
const FROM = Date.UTC(2026, 9, 1)
const AT_ONCE = 4
/** One organization asks for far more than the others. */
const ORGANIZATIONS = { greedy: 600, a: 100, b: 100, c: 100, d: 100 }
const SUBMITTED = Object.entries(ORGANIZATIONS).flatMap(([organizationId, count]) =>
  Array.from({ length: count }, (_, index) => ({ organizationId, index })),
)

const folder = mkdtempSync(join(tmpdir(), 'routemeter-thousand-'))
const agent = new Agent({ keepAlive: true, maxSockets: 200 })
let metadata: MetadataDatabase
let store: UsageStore
let observed: ObservedStore
let executions: ReturnType<typeof createExecutions>
let app: FastifyInstance
let port: number

beforeAll(async () => {
  metadata = await openMetadata(join(folder, 'metadata.sqlite'))
  store = await openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => TEST_NOW, log: SILENT_LOG })
  observed = new ObservedStore(store)
  executions = createExecutions({
    metadata,
    store: observed,
    clientNamesFor: async () => [],
    restoreScope,
    now: () => TEST_NOW,
    log: SILENT_LOG,
    limits: {
      maxConcurrentExecutions: AT_ONCE,
      resultHours: 24,
      maxQueuedPerOrganization: 1000,
      maxKeptBytesPerOrganization: 1 << 30,
      timeoutMs: 600_000,
    },
  })
  for (const id of Object.keys(ORGANIZATIONS)) await addCaller(id)
  const parts = testParts(metadata, { settings: { rateLimitPerMinute: 0 } })
  app = await createApp({ ...parts, store, executions }, { log: pino({ level: 'silent' }) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
  await commitEvents(
    store,
    SUBMITTED.flatMap(({ organizationId, index }) => callsOf(organizationId, index)),
  )
})
afterAll(async () => {
  agent.destroy()
  await app.close()
  await executions[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  await metadata.destroy()
  rmSync(folder, { recursive: true })
})

async function addCaller(organizationId: string): Promise<void> {
  await addOrganization(metadata, { id: organizationId, name: organizationId, createdAt: TEST_NOW })
  const given = { id: `client-of-${organizationId}`, organizationId, name: organizationId, secretHash: null }
  await addClient(metadata, newClient({ ...given, permissions: ['usage:organization:view'], createdBy: '' }, TEST_NOW))
  const hash = hashRandomSecret(organizationId)
  const lives = { createdAt: TEST_NOW, expiresAt: TEST_NOW + 3_600_000 }
  await addToken(metadata, { hash, kind: 'access', clientId: given.id, ...lives })
}

/** In the index-th quarter of an hour there are one to three calls, so that every query has an answer of its own. */
function callsOf(organizationId: string, index: number) {
  const event = anEvent({ organizationId, time: FROM + index * QUARTER_MS })
  return Array.from({ length: 1 + (index % 3) }, () => event)
}

async function call(token: string, method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const payload = body === undefined ? '' : JSON.stringify(body)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const sent = request({ agent, host: '127.0.0.1', port, method, path, headers })
  const answered = new Promise<string>((resolve, reject) => {
    sent.on('error', reject)
    sent.on('response', (answer) => text(answer).then(resolve, reject))
  })
  sent.end(payload)
  return JSON.parse(await answered)
}

async function submit({ organizationId, index }: (typeof SUBMITTED)[number]) {
  const interval = `${new Date(FROM + index * QUARTER_MS).toISOString()}/PT15M`
  const query = { interval, groupBy: ['OrganizationId'], metrics: ['Requests'] }
  const { executionId, resultsUri } = await call(organizationId, 'POST', '/api/v2/usage/query', query)
  return { organizationId, index, executionId: String(executionId), resultsUri: String(resultsUri) }
}

test('1,000 queries at once are all answered, first come first served, no organization before another, few at a time', async () => {
  observed.hold()
  const taken = await Promise.all(SUBMITTED.map(submit))
  expect(observed.asked).toHaveLength(AT_ONCE)
  observed.release()
  await executions.idle()

  for (const { organizationId, index, resultsUri } of taken) {
    const { results, queryStatus } = await call(organizationId, 'GET', resultsUri)
    expect(queryStatus).toBe('Complete')
    expect(results).toMatchObject([{ organizationId, requests: 1 + (index % 3) }])
  }
  expect(observed.mostRunning).toBe(AT_ONCE)

  const started = observed.asked.map(({ scope, query }) => ({
    organizationId: scope.organizationIds[0],
    index: (query.interval.start - FROM) / QUARTER_MS,
  }))
  expect(started).toHaveLength(SUBMITTED.length)
  const arrivals = await metadata.selectFrom('execution').select(['id', 'sequence']).execute()
  const sequenceOf = new Map(arrivals.map(({ id, sequence }) => [id, sequence]))
  const inOrderOfArrival = taken.toSorted(
    (a, b) => (sequenceOf.get(a.executionId) ?? 0) - (sequenceOf.get(b.executionId) ?? 0),
  )
  const indexesOf = (list: readonly { organizationId?: string; index: number }[], organizationId: string) =>
    list.filter((each) => each.organizationId === organizationId).map(({ index }) => index)
  for (const id of Object.keys(ORGANIZATIONS)) {
    expect(indexesOf(started, id)).toEqual(indexesOf(inOrderOfArrival, id))
  }

  // After those that began before the others came, each has its turn in every round until it has nothing waiting.
  const inRounds = started.slice(AT_ONCE)
  for (let last = 1; last <= 450; last++) {
    const turns = Object.keys(ORGANIZATIONS).map((id) => indexesOf(inRounds.slice(0, last), id).length)
    expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1)
  }
}, 120_000)
