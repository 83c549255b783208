import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc, { type Arbitrary } from 'fast-check'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SILENT_LOG } from '../domain/log.ts'
import { newClient } from '../identity/clients.ts'
import { restoreScope } from '../identity/scopes.ts'
import { hashRandomSecret } from '../identity/secrets.ts'
import { createIngest } from '../ingest/create-ingest.ts'
import { addClient, registeredNames } from '../metadata/clients.ts'
import { type MetadataDatabase, openMetadata } from '../metadata/database.ts'
import { addIngestKey } from '../metadata/ingest-keys.ts'
import { addOrganization, findOrganization } from '../metadata/organizations.ts'
import { addToken, type TokenKind } from '../metadata/tokens.ts'
import { createExecutions } from '../query/execution-engine.ts'
import { createSynchronousQueries } from '../query/synchronous-engine.ts'
import { openDuckDbStore } from '../store/duckdb/duckdb-store.ts'
import { duckDbParquetWriter } from '../store/duckdb/parquet-writer.ts'
import { createTemplateResolver } from '../templates/template-resolver.ts'
import { createApp } from './app.ts'
import type { SchemaNode } from './canonical-input.ts'
import { declaredRoutes } from './routes.ts'
import { TEST_NOW, testParts } from './test-app.ts'

const RUNS = 1_000
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const now = () => TEST_NOW

const opened = new AsyncDisposableStack()
let metadata: MetadataDatabase
let app: FastifyInstance

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-fuzz-'))
  opened.defer(() => rmSync(folder, { recursive: true }))
  metadata = await openMetadata(join(folder, 'metadata.sqlite'))
  opened.defer(() => metadata.destroy())
  const store = opened.use(await openDuckDbStore({ path: join(folder, 'usage.duckdb'), now, log: SILENT_LOG }))
  const ingest = opened.use(
    createIngest({
      store,
      resolver: createTemplateResolver({ templatesOf: async () => [] }),
      organizationExists: async (id) => (await findOrganization(metadata, id)) !== undefined,
      now,
      limits: {
        groupCommitMs: 0,
        groupCommitEvents: 1_000,
        maxEventsInFlight: 10_000,
        maxBytesInFlight: 1 << 24,
        readerThreads: 0,
      },
      log: SILENT_LOG,
    }),
  )
  const executions = opened.use(
    createExecutions({
      metadata,
      store,
      clientNamesFor: async ({ organizationIds }) =>
        registeredNames(metadata, organizationIds, await store.authorizedClients(organizationIds)),
      restoreScope,
      now,
      log: SILENT_LOG,
      limits: {
        maxConcurrentExecutions: 2,
        resultHours: 24,
        maxQueuedPerOrganization: 100,
        maxKeptBytesPerOrganization: 1 << 30,
        timeoutMs: 60_000,
      },
    }),
  )
  const settings = { rateLimitPerMinute: 0, maxBodyBytes: 64 * 1024 }
  const queries = createSynchronousQueries({
    store,
    clientNamesFor: async () => [],
    now,
    limits: { atOnce: 2, mostWaiting: 100, timeoutMs: 60_000 },
  })
  const parts = {
    ...testParts(metadata, { settings }),
    store,
    ingest,
    executions,
    queries,
    parquet: duckDbParquetWriter,
  }
  app = await createApp(parts, { log: pino({ level: 'silent' }) })
  opened.defer(() => app.close())
  await addOrganization(metadata, { id: 'acme', name: 'Acme', createdAt: TEST_NOW })
  const admin = {
    organizationId: 'acme',
    name: 'Admin',
    permissions: ['platform:admin'],
    secretHash: null,
    createdBy: '',
  } as const
  await addClient(metadata, { ...newClient(admin, TEST_NOW), id: 'admin' })
  const key = {
    id: 'key',
    organizationId: 'acme',
    name: 'Key',
    kind: 'header',
    createdBy: '',
    anyOrganization: false,
  } as const
  await addIngestKey(metadata, { ...key, createdAt: TEST_NOW }, hashRandomSecret('rmk_key'))
})
afterAll(() => opened.disposeAsync())

/** One of its own for each request, because some of them end the credential that they come with. */
let tokens = 0
async function newToken(kind: TokenKind): Promise<string> {
  const token = `token-${++tokens}`
  await addToken(metadata, {
    hash: hashRandomSecret(token),
    kind,
    clientId: 'admin',
    createdAt: TEST_NOW,
    expiresAt: TEST_NOW + 3_600_000,
  })
  return token
}

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3, noUnicodeString: false } as object),
  fc.constantFrom<unknown>(1e308, -0, 2 ** 53, '\0', '\ud800', '', [], {}, { constructor: { prototype: 1 } }),
  fc.string({ unit: 'binary', maxLength: 300 }),
)

/** What fits a schema for the most part, so that requests come further than its validation. */
function fitting(schema: SchemaNode): Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: exactly(schema) }, { weight: 1, arbitrary: anything })
}

function exactly(schema: SchemaNode): Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(fitting))
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.type === 'object') {
    const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => [name, fitting(field)] as const)
    return fc.record(Object.fromEntries(fields), { requiredKeys: [] })
  }
  if (schema.type === 'array') return fc.array(fitting(schema.items ?? {}), { maxLength: 4 })
  if (schema.type === 'integer') return fc.oneof(fc.integer(), fc.nat(200))
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'string') return TEXTS
  return anything
}

const TELLING_TEXTS = [
  '2020-01/2020-02',
  '2020/2021',
  '2026-11-23T11:00:00Z/PT1H',
  '0000-00-00/9999-99-99',
  'PT1H/PT1H',
  'P999999999Y/2020',
  '2020-02-30/2020-03-01',
  'GET',
  'admin',
  'acme',
  'Requests',
]

const TEXTS = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TELLING_TEXTS) },
  fc.uuid(),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
)

interface Route {
  readonly method: string
  readonly url: string
  readonly body: SchemaNode
  /** False for pages and for what only says 405. */
  readonly isOperation: boolean
}

function routes(): readonly Route[] {
  // An answer without end would be waited for.
  const ending = declaredRoutes(app).filter(({ config }) => !config?.isEndless)
  return ending.flatMap(({ method, url, schema }) => {
    const body = (schema?.body ?? {}) as SchemaNode
    const isOperation = schema?.hide !== true
    return [method].flat().map((one) => ({ method: one, url, body, isOperation }))
  })
}

const part = fc.oneof(
  fc.uuid(),
  fc.constantFrom('acme', 'admin', 'key', '..', '%2e%2e', '%00', '%zz', '%ff', '%2F', 'x'.repeat(1_100), '*', ':id'),
  fc.string({ unit: 'binary-ascii', maxLength: 20 }).map(encodeURIComponent),
)

const queryString = fc.oneof(
  fc.constantFrom(
    '',
    '?',
    '?&&',
    '?a',
    '?__proto__=1',
    '?pageSize=0',
    '?pageSize=a&pageSize=2',
    '?after=%00',
    '?days=%zz',
  ),
  fc
    .array(fc.tuple(fc.constantFrom('pageSize', 'after', 'days', 'pageNumber', 'organizationId', 'csv', 'x'), anything))
    .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(wellFormed(value))}`).join('&')}`),
)

function wellFormed(value: unknown): string {
  return String(JSON.stringify(value)).toWellFormed()
}

const headerText = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) })

const contentType = fc.oneof(
  { weight: 9, arbitrary: fc.constant('application/json') },
  fc.constantFrom('application/x-ndjson', 'application/x-www-form-urlencoded', 'application/cloudevents+json'),
  fc.constantFrom('text/plain', 'application/json; charset=utf-16', ';', 'application/json;;q=', ''),
  headerText,
)

const otherHeaders = fc.record(
  {
    accept: fc.oneof(fc.constantFrom('text/csv', '*/*', 'application/x-ndjson'), headerText),
    cookie: fc.oneof(fc.constantFrom('routemeter_session=', 'routemeter_session=%zz', '=;=;'), headerText),
    origin: fc.constantFrom('null', 'http://localhost:80', '://', 'https://evil.example'),
    range: fc.constantFrom('bytes=0-1', 'bytes=99999999-', 'x'),
    'if-none-match': headerText,
    'idempotency-key': headerText,
    'x-http-method-override': fc.constant('DELETE'),
    'inin-correlation-id': headerText,
    expect: fc.constant('100-continue'),
  },
  { requiredKeys: [] },
)

const encoding = fc.oneof(
  { weight: 9, arbitrary: fc.constant({}) },
  fc.constantFrom('gzip', 'zstd', 'identity', 'br', 'gzip, gzip', '').map((value) => ({ 'content-encoding': value })),
)

const headers = fc
  .tuple(contentType, otherHeaders, encoding)
  .map(([type, others, encoded]) => ({ 'content-type': type, ...others, ...encoded }))

const CREDENTIALS = [...Array<'token'>(12).fill('token'), 'session', 'key', 'basic', 'bad', 'none'] as const

async function credentials(kind: (typeof CREDENTIALS)[number]): Promise<Record<string, string>> {
  switch (kind) {
    case 'token':
      return { authorization: `Bearer ${await newToken('access')}` }
    case 'session':
      return { cookie: `routemeter_session=${await newToken('session')}`, origin: 'http://localhost:80' }
    case 'key':
      return { 'x-api-key': 'rmk_key' }
    case 'basic':
      return { authorization: `Basic ${Buffer.from('admin:wrong').toString('base64')}` }
    case 'bad':
      return { authorization: 'Bearer \u00ff' }
    case 'none':
      return {}
  }
}

function bodyOf(route: Route): Arbitrary<string | Buffer | undefined> {
  const json = fitting(route.body).map((value) => JSON.stringify(value))
  return fc.oneof(
    { weight: 12, arbitrary: json },
    fc.constantFrom(
      undefined,
      '',
      'null',
      '{',
      '[[[',
      '{"__proto__":1}',
      '\ufeff{}',
      'grant_type=client_credentials&client_id=%00',
    ),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    json.map((text) => gzipSync(text ?? '')),
    json.map((text) => (text ?? '').slice(0, -1)),
  )
}

const requestTo = (route: Route) =>
  fc.record({
    method: fc.constant(route.method),
    parts: fc.array(part, { minLength: 4, maxLength: 4 }),
    query: queryString,
    headers,
    credentials: fc.constantFrom(...CREDENTIALS),
    body: bodyOf(route),
    url: fc.constant(route.url),
  })

test('whatever is sent to whichever operation, nothing is a 5xx and every error is an ErrorBody', async () => {
  const all = routes()
  const anyRequest = fc
    .oneof(
      { weight: 9, arbitrary: fc.constantFrom(...all.filter(({ isOperation }) => isOperation)) },
      fc.constantFrom(...all),
    )
    .chain(requestTo)
  await fc.assert(
    fc.asyncProperty(anyRequest, async (given) => {
      const parts = given.parts.values()
      const path = given.url.replace(/:\w+|\*/g, () => parts.next().value ?? 'x')
      const request = {
        method: given.method as 'GET',
        url: path + given.query,
        headers: { ...given.headers, ...(await credentials(given.credentials)) } as Record<string, string>,
        payload: given.body,
      }
      expectAnAnswer(request, await app.inject(request as InjectOptions))
    }),
    { numRuns: RUNS },
  )
}, 120_000)

/** What a person sees in a browser says on a page what was wrong. */
const PAGES = /^\/oauth\/(?:authorize|sign-in)(?:[/?]|$)/

type Answer = Awaited<ReturnType<FastifyInstance['inject']>>

function expectAnAnswer({ method, url }: { method: string; url: string }, answer: Answer): void {
  const { statusCode: status, headers: sent } = answer
  expect(status, answer.body).toBeLessThan(500)
  expect(sent['inin-correlation-id']).toMatch(UUID)
  expect(sent['inin-ratelimit-allowed']).toMatch(/^\d+$/)
  if (status < 400) return
  if (status === 429) expect(sent['retry-after']).toMatch(/^[1-9]\d*$/)
  if (status === 405) expect(sent.allow).toContain('OPTIONS')
  if (method === 'HEAD') return
  expect(answer.body).not.toMatch(/node_modules|sqlite|duckdb|\.ts:|SELECT |at \w+ \(/i)
  if (PAGES.test(url) && sent['content-type'] === 'text/html; charset=utf-8') return
  expect(sent['content-type']).toMatch(/^application\/json(?:; charset=utf-8)?$/)
  const body = answer.json()
  if (/^\/oauth(?:[/?]|$)/.test(url)) {
    expect(Object.keys(body)).toEqual(['error', 'error_description', 'description'])
    return
  }
  expect(body).toMatchObject({ status, contextId: sent['inin-correlation-id'], messageParams: {} })
  for (const text of [body.message, body.code, body.messageWithParams]) expect(text).toMatch(/\S/)
  for (const list of [body.details, body.errors]) expect(Array.isArray(list)).toBe(true)
}
