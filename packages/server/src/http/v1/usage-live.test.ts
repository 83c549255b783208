import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import { hashRandomSecret } from '../../identity/secrets.ts'
import { findClientById, updateClient } from '../../metadata/clients.ts'
import { removeToken } from '../../metadata/tokens.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { TEST_NOW } from '../test-app.ts'
import { TestEventsApp, type TestEventsOptions } from '../test-events-app.ts'
import { TestLiveReader } from '../test-live-reader.ts'

const VIEW = ['usage:organization:view'] as const
const QUICK = { gatherMs: 1, heartbeatMs: 20, recheckMs: 20, slowMs: 15_000 }

let app: TestEventsApp
let sender: string
const readers: TestLiveReader[] = []

async function start(options: TestEventsOptions = {}): Promise<void> {
  app = await TestEventsApp.open(
    (folder, now) => openDuckDbStore({ path: join(folder, 'usage.duckdb'), now, log: SILENT_LOG }),
    [],
    { liveTimes: QUICK, ...options },
  )
  sender = await app.newSender(VIEW)
}

beforeEach(() => start())
afterEach(async () => {
  for (const reader of readers.splice(0)) reader[Symbol.dispose]()
  await app[Symbol.asyncDispose]()
})

async function restart(options: TestEventsOptions): Promise<void> {
  await app[Symbol.asyncDispose]()
  await start(options)
}

async function watch(query = '', who = sender, headers: Record<string, string> = {}): Promise<TestLiveReader> {
  const reader = await TestLiveReader.open(`${app.url}/v1/usage/live${query}`, `token-${who}`, headers)
  readers.push(reader)
  return reader
}

/** As `watch`, with the first event read. */
async function begun(query = '', who = sender): Promise<TestLiveReader> {
  const reader = await watch(query, who)
  expect(await reader.next()).toMatchObject({ event: 'reset', data: { reason: 'begin' } })
  return reader
}

interface Call {
  readonly id?: string
  readonly clientId?: string
  readonly clientName?: string
  readonly userId?: string
  readonly status?: number
}
const line = (call: Call) => JSON.stringify({ time: TEST_NOW, method: 'GET', path: '/a', status: 200, ...call })

async function send(calls: readonly Call[], who = sender): Promise<void> {
  const body = calls.map(line).join('\n')
  const answer = await app.send(who, '/v1/events', body, { 'content-type': 'application/x-ndjson' })
  expect(answer).toMatchObject({ status: 200, body: { rejected: 0 } })
}

/** Rows until they come to so many requests. */
async function rowsUntil(reader: TestLiveReader, requests: number) {
  const rows: Readonly<Record<string, string | number>>[] = []
  while (rows.reduce((sum, row) => sum + Number(row.requests), 0) < requests) rows.push(...(await reader.rows()))
  return rows
}

describe('a live stream', () => {
  test('begins with a reset, then tells what was counted, under the answer’s usual headers', async () => {
    const reader = await begun('?groupBy=clientId&groupBy=statusClass')
    expect(reader.response.status).toBe(200)
    expect(reader.response.headers.get('content-type')).toBe('text/event-stream')
    expect(reader.response.headers.get('inin-correlation-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(reader.response.headers.get('cache-control')).toContain('no-store')
    await send([{ clientId: 'a' }, { clientId: 'a', status: 429 }, { clientId: 'a' }])
    const event = await reader.next()
    expect(event?.data.time).toBe(new Date(TEST_NOW).toISOString())
    const counts = { status300: 0, status500: 0 }
    expect(event?.data.rows).toEqual([
      { clientId: 'a', statusClass: '2xx', requests: 2, status200: 2, status400: 0, status429: 0, ...counts },
      { clientId: 'a', statusClass: '4xx', requests: 1, status200: 0, status400: 1, status429: 1, ...counts },
    ])
  })

  test('tells only what its filters let through', async () => {
    const reader = await begun('?groupBy=userId&filter=clientId:a&filter=clientId:b:c&filter=statusclass:2xx')
    await send([
      { clientId: 'x', userId: 'no' },
      { clientId: 'a', status: 500, userId: 'no' },
    ])
    await send([
      { clientId: 'a', userId: 'one' },
      { clientId: 'b:c', userId: 'two' },
    ])
    expect((await rowsUntil(reader, 2)).map(({ userId }) => userId)).toEqual(['one', 'two'])
  })

  test('has the registered name of a client, as soon as it is looked at again', async () => {
    const clientId = (await app.metadata.selectFrom('client').select('id').executeTakeFirstOrThrow()).id
    const reader = await begun('?groupBy=clientName')
    await send([{ clientId, clientName: 'Given' }])
    expect(await reader.rows()).toMatchObject([{ clientName: 'Sender', requests: 1 }])
    await updateClient(app.metadata, sender, clientId, { name: 'Renamed', modifiedAt: TEST_NOW, modifiedBy: '' })
    for (let name: unknown = ''; name !== 'Renamed'; ) {
      await send([{ clientId }])
      name = (await reader.rows())[0]?.clientName
    }
  })

  test('says that it is still there, and where it stands', async () => {
    const reader = await begun('?filter=clientId:a')
    const place = (block: string | undefined) => Number(/^id: [0-9a-f]{16}-(\d+)$/m.exec(block ?? '')?.[1])
    expect(await reader.block()).toMatch(/^: .+\nid: [0-9a-f]{16}-0$/)
    await send([{ clientId: 'not asked for' }])
    while (place(await reader.block()) !== 1);
  })

  test('outlives the time that other answers have', async () => {
    await restart({ answerTimeout: 30 })
    const reader = await begun()
    for (let beats = 0; beats < 5; beats++) expect(await reader.block()).toMatch(/^: /)
  })

  test('ends at a stop, which waits for nothing else', async () => {
    const reader = await begun()
    await app.closeApp()
    expect(await reader.next()).toBeUndefined()
  })

  test('is not there for HEAD', async () => {
    const headers = { authorization: `Bearer token-${sender}` }
    expect((await fetch(`${app.url}/v1/usage/live`, { method: 'HEAD', headers })).status).toBe(405)
  })

  test.each([
    [
      '?filter=a',
      'The query parameter [filter] must be DIMENSION:VALUE, not [a]. Allowable dimensions are: organizationId',
    ],
    ['?filter=colour:red', 'must be DIMENSION:VALUE, not [colour:red]'],
    ['?groupBy=colour', 'Value [colour] is not valid for [groupBy[0]]. Allowable values are: organizationId, clientId'],
  ])('%s is refused by name', async (query, message) => {
    const { response } = await watch(query)
    expect(response.status).toBe(400)
    expect(((await response.json()) as { message: string }).message).toContain(message)
  })
})

describe('numbers', () => {
  test('of all streams of a run with duplicates, resends and reconnects come to what is counted', async () => {
    const expected = new Map<string, number>()
    const told = new Map<string, number>()
    let place = ''
    const read = async (until: () => boolean) => {
      const headers: Record<string, string> = place === '' ? {} : { 'last-event-id': place }
      using reader = await watch('?groupBy=clientId', sender, headers)
      const first = await reader.next()
      expect(first?.event).toBe(place === '' ? 'reset' : 'usage')
      for (let event = first; event !== undefined; event = await reader.next()) {
        place = event.id
        for (const row of (event.data.rows ?? []) as readonly { clientId: string; requests: number }[]) {
          told.set(row.clientId, (told.get(row.clientId) ?? 0) + row.requests)
        }
        if (until()) return
      }
    }
    const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((all, count) => all + count, 0)
    await read(() => true)
    for (let round = 0; round < 12; round++) {
      const calls = Array.from({ length: 40 }, (_, at): Call => ({ id: `${round}-${at % 30}`, clientId: `c${at % 3}` }))
      for (const { clientId = '' } of calls.slice(0, 30)) expected.set(clientId, (expected.get(clientId) ?? 0) + 1)
      // Some of it is on its way while nobody reads, and all of it comes again.
      await Promise.all([send(calls.slice(0, 20)), send(calls.slice(10)), send(calls)])
      await read(() => sum(told) >= sum(expected))
      await send(calls)
    }
    expect(told).toEqual(expected)
    const { chunks } = await app.store.query(makeScope([sender]), {
      interval: { start: TEST_NOW - 3_600_000, end: TEST_NOW + 3_600_000 },
      ...{
        timeZone: 'UTC',
        granularity: undefined,
        groupBy: ['clientId'],
        metrics: ['requests'],
        filters: {},
        sortBy: [],
      },
    })
    const counted: [string, number][] = []
    for await (const chunk of chunks)
      for (const [clientId, requests] of chunk) counted.push([String(clientId), Number(requests)])
    expect(new Map(counted)).toEqual(told)
  })

  test('go on where a stream broke off; a place that is not known is a reset', async () => {
    const first = await begun()
    await send([{}])
    const event = await first.next()
    first[Symbol.dispose]()
    await send([{}, {}])
    const again = await watch('', sender, { 'last-event-id': event?.id ?? '' })
    expect(await again.rows()).toMatchObject([{ requests: 2 }])
    const lost = await watch('', sender, { 'last-event-id': 'ffffffffffffffff-1' })
    expect(await lost.next()).toMatchObject({ event: 'reset', data: { reason: 'missed' } })
  })

  test('that are moved to other templates are told by a reset', async () => {
    const reader = await begun('?groupBy=templateUri')
    await send([{}])
    const [row] = await reader.rows()
    await app.store.moveTemplates(sender, [{ from: String(row?.templateUri), to: 'b' }])
    expect(await reader.next()).toMatchObject({ event: 'reset', data: { reason: 'recounted' } })
  })
})

describe('nobody', () => {
  test('sees another organization’s numbers, not with its place either', async () => {
    const stranger = await app.newSender(VIEW)
    const own = await begun()
    const theirs = await begun('', stranger)
    await send([{}, {}, {}])
    const place = (await own.next())?.id ?? ''
    const withPlace = await watch('', stranger, { 'last-event-id': place })
    expect(await withPlace.next()).toMatchObject({ event: 'reset', data: { reason: 'missed' } })
    const named = await begun(
      `?groupBy=organizationId&filter=organizationId:${sender}&filter=organizationId:${stranger}`,
      stranger,
    )
    await send([{}], stranger)
    await send([{}, {}])
    for (const reader of [theirs, withPlace, named]) expect(await reader.rows()).toMatchObject([{ requests: 1 }])
    await send([{}], stranger)
    expect(await named.rows()).toMatchObject([{ organizationId: stranger, requests: 1 }])
  })

  test('reads without a token, or without a permission for it', async () => {
    expect((await fetch(`${app.url}/v1/usage/live`)).status).toBe(401)
    const { response } = await watch('', await app.newSender())
    expect(response.status).toBe(403)
  })

  test('goes on reading with a token that was revoked', async () => {
    const reader = await begun()
    await removeToken(app.metadata, hashRandomSecret(`token-${sender}`))
    expect(await reader.next()).toBeUndefined()
  })

  test('goes on reading with a token that expired', async () => {
    const reader = await begun()
    app.clock.now += 2 * 86_400_000
    expect(await reader.next()).toBeUndefined()
  })

  test('goes on reading whose client may not any more', async () => {
    const reader = await begun()
    const { id } = await app.metadata.selectFrom('client').select('id').executeTakeFirstOrThrow()
    expect(await findClientById(app.metadata, id)).toBeDefined()
    await updateClient(app.metadata, sender, id, { permissions: ['usage:event:add'], modifiedAt: 1, modifiedBy: '' })
    expect(await reader.next()).toBeUndefined()
  })
})

describe('of what there is for all', () => {
  test('an organization takes its share of streams and no more, whatever others have', async () => {
    await restart({ settings: { maxLiveStreams: 2, rateLimitPerMinute: 0 } })
    const [first] = [await begun(), await begun()]
    const { response } = await watch()
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await response.json()).toMatchObject({ code: 'too.many.requests', limit: { value: 2 } })
    await begun('', await app.newSender(VIEW))
    first?.[Symbol.dispose]()
    for (let status = 429; status !== 200; ) status = (await watch()).response.status
  })

  test('a reader that takes nothing is dropped, and its share is free again', async () => {
    await restart({
      liveTimes: { ...QUICK, heartbeatMs: 15_000, slowMs: 400 },
      settings: { maxLiveStreams: 1, rateLimitPerMinute: 0 },
    })
    const socket = await deaf('/v1/usage/live?groupBy=userId')
    const users = (round: number) =>
      Array.from({ length: 2_000 }, (_, at): Call => ({ userId: `${round} ${at} ${'x'.repeat(200)}` }))
    for (let round = 0; (await watch()).response.status === 429; round++) await send(users(round))
    socket.on('error', () => {})
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve())
      socket.resume()
    })
  })
})

/** A connection that asks for a stream and reads nothing of it. */
async function deaf(path: string): Promise<Socket> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer token-${sender}\r\n\r\n`)
  await new Promise<void>((resolve) => {
    socket.once('data', () => {
      socket.pause()
      resolve()
    })
  })
  return socket
}
