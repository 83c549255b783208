import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SILENT_LOG } from '../../domain/log.ts'
import type { Permission } from '../../domain/permissions.ts'
import { newClient } from '../../identity/clients.ts'
import { hashRandomSecret } from '../../identity/secrets.ts'
import { createIngest } from '../../ingest/create-ingest.ts'
import type { Ingest } from '../../ingest/ingest.ts'
import { addClient } from '../../metadata/clients.ts'
import { type MetadataDatabase, openMetadata } from '../../metadata/database.ts'
import { addIngestKey } from '../../metadata/ingest-keys.ts'
import { addOrganization, findOrganization } from '../../metadata/organizations.ts'
import { addToken } from '../../metadata/tokens.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import type { UsageStore } from '../../store/usage-store.ts'
import { createTemplateResolver } from '../../templates/template-resolver.ts'
import { createApp } from '../app.ts'
import { TEST_NOW, testParts } from '../test-app.ts'

const MAX_BODY_BYTES = 64 * 1024

const folder = mkdtempSync(join(tmpdir(), 'routemeter-post-events-'))
let metadata: MetadataDatabase
let store: UsageStore
let ingest: Ingest
let app: FastifyInstance
let port: number
let organizations = 0

beforeAll(async () => {
  metadata = await openMetadata(join(folder, 'metadata.sqlite'))
  store = await openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => TEST_NOW, log: SILENT_LOG })
  ingest = createIngest({
    store,
    resolver: createTemplateResolver({ templatesOf: async () => [] }),
    organizationExists: async (id) => (await findOrganization(metadata, id)) !== undefined,
    now: () => TEST_NOW,
    limits: {
      groupCommitMs: 0,
      groupCommitEvents: 1_000,
      maxEventsInFlight: 10_000,
      maxBytesInFlight: 1 << 24,
      readerThreads: 0,
    },
    log: SILENT_LOG,
  })
  const settings = { maxBodyBytes: MAX_BODY_BYTES }
  app = await createApp({ ...testParts(metadata, { settings }), store, ingest }, { log: pino({ level: 'silent' }) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
})

afterAll(async () => {
  await app.close()
  await ingest[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  await metadata.destroy()
  rmSync(folder, { recursive: true })
})

interface Account {
  readonly organizationId: string
  readonly authorization: string
}

/** A new organization with one client that may do this. */
async function newAccount(...permissions: Permission[]): Promise<Account> {
  const organizationId = `acme-${++organizations}`
  await addOrganization(metadata, { id: organizationId, name: organizationId, createdAt: TEST_NOW })
  const client = newClient({ organizationId, name: 'Sender', permissions, secretHash: null, createdBy: '' }, TEST_NOW)
  await addClient(metadata, client)
  const token = `token-${organizationId}`
  await addToken(metadata, {
    hash: hashRandomSecret(token),
    kind: 'access',
    clientId: client.id,
    createdAt: TEST_NOW,
    expiresAt: TEST_NOW + 3_600_000,
  })
  return { organizationId, authorization: `Bearer ${token}` }
}

const sender = () => newAccount('usage:event:add')

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

async function send(
  account: Pick<Account, 'authorization'> | undefined,
  body: string | Buffer | undefined,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', ...account, ...headers },
    body: body === undefined ? null : typeof body === 'string' ? body : new Uint8Array(body),
  })
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> }
}

const event = (id: string, fields: object = {}) => ({
  id,
  time: TEST_NOW,
  method: 'GET',
  path: '/a',
  status: 200,
  ...fields,
})
const lines = (...events: object[]) => events.map((one) => JSON.stringify(one)).join('\n')

describe('a body is taken', () => {
  test('as NDJSON, and a resend counts nothing again', async () => {
    const account = await sender()
    const body = lines(event('a'), event('b'))
    const first = await send(account, body)
    expect([first.status, first.body]).toEqual([200, { accepted: 2, duplicates: 0, rejected: 0, errors: [] }])
    expect((await send(account, body)).body).toEqual({ accepted: 0, duplicates: 2, rejected: 0, errors: [] })
    expect((await store.describe(account.organizationId)).requests).toBe(2)
  })

  test('and tells of how many the path fits no known template, to those who ask', async () => {
    const account = await sender()
    const body = lines(event('a'), event('b', { templateUri: 'a' }), event('c', { path: '/', status: 404 }), {
      id: 'd',
    })
    const ask = async (query: string) => {
      const headers = { ...account, 'content-type': 'application/x-ndjson' }
      const answer = await fetch(`http://127.0.0.1:${port}/v1/events?${query}`, { method: 'POST', headers, body })
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
    }
    expect((await ask('unmatched=true')).body).toMatchObject({ accepted: 3, rejected: 1, unmatched: 2 })
    for (const query of ['', 'unmatched=false', 'other=1']) {
      expect((await ask(query)).body).not.toHaveProperty('unmatched')
    }
    expect(await ask('unmatched=maybe')).toMatchObject({ status: 400, body: { code: 'invalid.query.param.value' } })
  })

  test.each([
    ['application/jsonl', lines(event('a'))],
    ['application/x-ndjson; charset=UTF-8', lines(event('a'))],
    ['application/json', JSON.stringify(event('a'))],
    ['application/json;charset="utf-8"', JSON.stringify([event('a')])],
    ['Application/JSON', JSON.stringify([event('a')])],
    [
      'application/cloudevents+json',
      JSON.stringify({ specversion: '1.0', type: 't', source: 's', id: '1', data: event('a') }),
    ],
    [
      'application/cloudevents-batch+json; charset=utf-8',
      JSON.stringify([{ specversion: '1.0', type: 't', source: 's', id: '1', data: event('a') }]),
    ],
  ])('as %s', async (contentType, body) => {
    const answer = await send(await sender(), body, { 'content-type': contentType })
    expect([answer.status, answer.body]).toEqual([200, { accepted: 1, duplicates: 0, rejected: 0, errors: [] }])
  })

  test('compressed', async () => {
    const account = await sender()
    const [one, two] = [lines(event('a'), event('b')), `\n${lines(event('c'))}`]
    const gzip = { 'content-encoding': 'gzip' }
    expect((await send(account, Buffer.concat([gzipSync(one), gzipSync(two)]), gzip)).body).toMatchObject({
      accepted: 3,
    })
    const zstd = Buffer.concat([zstdCompressSync(one), zstdCompressSync(two)])
    expect((await send(account, zstd, { 'content-encoding': 'zstd' })).body).toMatchObject({ duplicates: 3 })
  })

  test('from an ingest key, in each of its three places', async () => {
    const { organizationId } = await sender()
    const key = `rmk_of-${organizationId}`
    const record = {
      id: key,
      organizationId,
      name: 'gateway',
      anyOrganization: false,
      createdAt: TEST_NOW,
      createdBy: '',
    }
    await addIngestKey(metadata, record, hashRandomSecret(key))
    const basic = `Basic ${Buffer.from(`any:${key}`).toString('base64')}`
    const places: Record<string, string>[] = [
      { authorization: `Bearer ${key}` },
      { authorization: basic },
      { 'x-api-key': key },
    ]
    for (const [index, headers] of places.entries()) {
      expect((await send(undefined, lines(event(`${index}`)), headers)).body).toMatchObject({ accepted: 1 })
    }
    expect((await store.describe(organizationId)).requests).toBe(3)
  })

  test('from a platform administrator, for any organization', async () => {
    const [admin, other] = [await newAccount('platform:admin'), await sender()]
    const body = lines(event('a', { organizationId: other.organizationId }), event('b', { organizationId: 'nobody' }))
    expect((await send(admin, body)).body).toMatchObject({ accepted: 1, errors: [{ index: 1, code: 'not.found' }] })
    expect((await store.describe(other.organizationId)).requests).toBe(1)
    const theirs = await send(other, `${lines(event('c', { organizationId: admin.organizationId }), event('d'))}`)
    expect(theirs.body).toMatchObject({ accepted: 1, errors: [{ index: 0, code: 'not.authorized' }] })
  })

  test.each([[undefined], [''], ['\n\n']])('with nothing in it: %j', async (body) => {
    const answer = await send(await sender(), body)
    expect([answer.status, answer.body]).toEqual([200, { accepted: 0, duplicates: 0, rejected: 0, errors: [] }])
  })

  test('without a Content-Type when there is no body', async () => {
    const { authorization } = await sender()
    const answer = await app.inject({ method: 'POST', url: '/v1/events', headers: { authorization } })
    expect([answer.statusCode, answer.json()]).toEqual([200, { accepted: 0, duplicates: 0, rejected: 0, errors: [] }])
  })
})

describe('what is wrong with some events', () => {
  test('is told for each, and the others count', async () => {
    const account = await sender()
    const body = `${lines(event('a'))}\n\nnonsense\n${lines(event('b', { status: '200' }), event('c'))}\n`
    const answer = await send(account, body)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ accepted: 2, duplicates: 0, rejected: 2 })
    expect(answer.body.errors).toMatchObject([
      { index: 1, code: 'bad.request' },
      { index: 2, code: 'invalid.value', message: expect.stringContaining('[status]') },
    ])
    expect((await store.describe(account.organizationId)).requests).toBe(2)
  })

  test('is a 400 when nothing was usable, with the receipt beside the error', async () => {
    const answer = await send(await sender(), lines(event('a', { status: 5 }), event('b', { status: 6 })))
    expect(answer.status).toBe(400)
    expect(answer.body).toEqual({
      message: expect.stringMatching(/^None of the 2 events could be used. The first one: The field \[status\] is 5/),
      code: 'constraint.validation',
      status: 400,
      messageWithParams: expect.stringContaining('{rejected}'),
      messageParams: { rejected: '2', reason: expect.stringContaining('[status]') },
      contextId: answer.headers.get('inin-correlation-id'),
      details: [],
      accepted: 0,
      duplicates: 0,
      rejected: 2,
      errors: [
        { index: 0, code: 'invalid.value', message: expect.stringContaining('[status] is 5') },
        { index: 1, code: 'invalid.value', message: expect.stringContaining('[status] is 6') },
      ],
    })
  })

  test('is no 400 when the others had been counted before', async () => {
    const account = await sender()
    await send(account, lines(event('a')))
    expect((await send(account, lines(event('a'), event('b', { status: 6 })))).status).toBe(200)
  })
})

describe('a body is refused, and nothing of it counted,', () => {
  async function expectRefused(answer: Answer, status: number, code: string, message: string): Promise<void> {
    expect(answer.body).toMatchObject({ status, code, message: expect.stringContaining(message) })
    expect(answer.status).toBe(status)
  }

  test('when it is not what it says', async () => {
    const account = await sender()
    const json = { 'content-type': 'application/json' }
    await expectRefused(await send(account, `[${lines(event('a'))},`, json), 400, 'bad.request', 'not JSON')
    await expectRefused(await send(account, 'null', json), 400, 'bad.request', 'JSON object or array')
    const gzip = { 'content-encoding': 'gzip' }
    await expectRefused(await send(account, lines(event('a')), gzip), 400, 'bad.request', 'gzip')
    await expectRefused(
      await send(account, gzipSync(lines(event('a'))).subarray(0, -4), gzip),
      400,
      'bad.request',
      'gzip',
    )
    expect((await store.describe(account.organizationId)).requests).toBe(0)
  })

  test('when its type or encoding is not supported, naming those that are', async () => {
    const account = await sender()
    for (const contentType of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'nonsense',
      'application/json;charset=latin1',
    ]) {
      const answer = await send(account, lines(event('a')), { 'content-type': contentType })
      await expectRefused(
        answer,
        415,
        'unsupported.media.type',
        'application/x-ndjson, application/jsonl, application/json',
      )
      expect(answer.body.message).toContain(contentType)
    }
    for (const encoding of ['br', 'gzip, gzip']) {
      const answer = await send(account, lines(event('a')), { 'content-encoding': encoding })
      await expectRefused(answer, 415, 'unsupported.media.type', 'gzip, zstd, identity')
    }
    const untyped = await app.inject({
      method: 'POST',
      url: '/v1/events',
      headers: { authorization: account.authorization },
      payload: Buffer.from(lines(event('a'))),
    })
    expect([untyped.statusCode, untyped.json().code]).toEqual([415, 'unsupported.media.type'])
  })

  test('when it is too long, compressed or not, with or without its length told before', async () => {
    const account = await sender()
    const long = `${lines(event('a'))}\n`.repeat(1_000)
    await expectRefused(await send(account, long), 413, 'request.entity.too.large', `${MAX_BODY_BYTES} bytes`)
    const gzip = { 'content-encoding': 'gzip' }
    await expectRefused(await send(account, gzipSync(long), gzip), 413, 'request.entity.too.large', `${MAX_BODY_BYTES}`)
    const answer = await fetch(`http://127.0.0.1:${port}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', authorization: account.authorization },
      body: ReadableStream.from(Array(1_000).fill(Buffer.from(`${lines(event('a'))}\n`))),
      duplex: 'half',
    })
    expect([answer.status, await answer.json()]).toMatchObject([413, { code: 'request.entity.too.large' }])
    const exact = lines(event('b', { filler: '' }))
    const filler = 'x'.repeat(MAX_BODY_BYTES - exact.length)
    expect((await send(account, lines(event('b', { filler })))).body).toMatchObject({ accepted: 1 })
    expect((await send(account, lines(event('c', { filler: `${filler}x` })))).status).toBe(413)
  })

  test('when nobody or the wrong one sends it, before it is read', async () => {
    await expectRefused(await send(undefined, lines(event('a'))), 401, 'authentication.required', '')
    const viewer = await newAccount('usage:organization:view', 'oauth:client:view')
    await expectRefused(await send(viewer, lines(event('a'))), 403, 'missing.any.permissions', 'usage:event:add')
  })

  test('when its connection ends before it does', async () => {
    const account = await sender()
    const body = lines(event('a'))
    const socket = connect(port, '127.0.0.1')
    const head = [
      'POST /v1/events HTTP/1.1',
      'Host: x',
      `Authorization: ${account.authorization}`,
      'Content-Type: application/x-ndjson',
      `Content-Length: ${body.length + 10}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
    socket.end()
    socket.resume()
    await once(socket, 'close')
    expect((await send(account, lines(event('b')))).body).toMatchObject({ accepted: 1, duplicates: 0 })
    expect((await store.describe(account.organizationId)).requests).toBe(1)
  })
})

test('many senders at once each get their own receipt, and every event is counted once', async () => {
  const account = await sender()
  const bodies = Array.from({ length: 40 }, (_, n) => lines(event(`${n}`), event(`${n + 1}`), event(`${n}`)))
  const answers = await Promise.all(bodies.map((body) => send(account, body)))
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  const sum = (field: string) => answers.reduce((total, { body }) => total + Number(body[field]), 0)
  expect([sum('accepted'), sum('duplicates'), sum('rejected')]).toEqual([41, 79, 0])
  expect((await store.describe(account.organizationId)).requests).toBe(41)
})
