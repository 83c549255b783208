import type { IncomingMessage } from 'node:http'
import { afterEach, expect, test, vi } from 'vitest'
import { type Answer, scriptedServer, takeAll } from '../../../tests/middleware/scripted-server.ts'
import type { FinishedCall } from './finished-call.ts'
import { Meter } from './meter.ts'
import type { MeterOptions } from './options.ts'
import type { Dropped, MeterError } from './reports.ts'

type Options = MeterOptions<Partial<IncomingMessage>>

const call: FinishedCall = {
  time: Date.now(),
  method: 'GET',
  path: '/a',
  template: '/a',
  status: 200,
  durationMs: 1,
  requestBytes: 0,
  responseBytes: 0,
}

/** A meter that sends to a server that answers as the test says, and what it told. */
async function metered(answer: Answer, options: Options = {}) {
  const server = await scriptedServer(answer)
  const errors: MeterError[] = []
  const drops: Dropped[] = []
  const meter = new Meter<Partial<IncomingMessage>>({
    url: server.url,
    key: 'rmk_test',
    onError: (error) => errors.push(error),
    onDropped: (dropped) => drops.push(dropped),
    ...options,
  })
  const record = (count: number) => {
    for (let index = 0; index < count; index++) meter.record({}, call)
  }
  const ids = () => server.bodies.flatMap(({ lines }) => lines.map((line) => (JSON.parse(line) as { id: string }).id))
  return {
    server,
    meter,
    errors,
    drops,
    record,
    ids,
    async [Symbol.asyncDispose]() {
      await meter.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

afterEach(() => {
  vi.useRealTimers()
})

test('events go in batches of the size that was asked for, over one kept connection', async () => {
  const connections = new Set<unknown>()
  const answer: Answer = (response, body) => {
    connections.add(response.socket)
    takeAll(response, body)
  }
  await using sent = await metered(answer, { batchEvents: 10 })
  sent.record(25)
  await sent.meter.flush()
  expect(sent.server.bodies.map(({ lines }) => lines.length)).toEqual([10, 10, 5])
  expect(sent.server.bodies[0]?.headers).toMatchObject({
    authorization: 'Bearer rmk_test',
    'content-type': 'application/x-ndjson',
  })
  expect(connections.size).toBe(1)
  expect(sent.meter.stats()).toEqual({
    recorded: 25,
    accepted: 25,
    duplicates: 0,
    rejected: 0,
    batches: 3,
    dropped: 0,
    waiting: 0,
  })
})

test('a batch that is not full is sent after batchMs', async () => {
  const { promise: arrived, resolve } = Promise.withResolvers<number>()
  const answer: Answer = (response, body) => {
    takeAll(response, body)
    resolve(body.lines.length)
  }
  await using sent = await metered(answer, { batchMs: 20 })
  sent.record(3)
  expect(await arrived).toBe(3)
})

test.each([
  ['a 503', 'busy', (response) => response.writeHead(503).end()],
  ['a 500', 'unreachable', (response) => response.writeHead(500).end()],
  ['a hung-up connection', 'unreachable', (response) => response.destroy()],
  ['a redirect', 'refused', (response) => response.writeHead(302, { location: '/elsewhere' }).end()],
  ['a page that is not Routemeter’s', 'refused', (response) => response.end('<html>')],
  ['a 400 without a receipt', 'refused', (response) => response.writeHead(400).end('{"code":"bad.request"}')],
  ['a 401', 'unauthorized', (response) => response.writeHead(401).end()],
  ['a 403', 'unauthorized', (response) => response.writeHead(403).end()],
] as [string, string, Answer][])('%s is told as %s, and the same events come again', async (_what, kind, refuse) => {
  await using sent = await metered((response, body, index) => (index === 0 ? refuse : takeAll)(response, body, index))
  sent.record(3)
  const flushed = sent.meter.flush()
  await vi.waitUntil(() => sent.errors.length > 0)
  await sent.meter.flush()
  await flushed
  const [first, second] = sent.server.bodies
  expect(second?.lines).toEqual(first?.lines)
  expect(sent.errors.map((error) => error.kind)).toEqual([kind])
  expect(sent.meter.stats()).toMatchObject({ accepted: 3, dropped: 0, waiting: 0 })
})

test('Retry-After is honoured', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const answer: Answer = (response, body, index) =>
    index === 0 ? response.writeHead(429, { 'retry-after': '7' }).end() : takeAll(response, body)
  await using sent = await metered(answer, { timeoutMs: 600_000 })
  sent.record(1)
  const flushed = sent.meter.flush()
  await vi.waitUntil(() => sent.errors.length === 1 && vi.getTimerCount() >= 2)
  await vi.advanceTimersByTimeAsync(6_999)
  expect(sent.server.bodies).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(501)
  await flushed
  expect(sent.server.bodies).toHaveLength(2)
})

test('a body that is too large is cut in halves until it is taken; an event that is too large by itself is dropped', async () => {
  const isTooLarge = (lines: readonly string[]) => lines.length > 2 || lines.some((line) => line.includes('"/huge"'))
  const answer: Answer = (response, body) =>
    isTooLarge(body.lines) ? response.writeHead(413).end() : takeAll(response, body)
  await using sent = await metered(answer)
  sent.record(6)
  sent.meter.record({}, { ...call, template: '/huge' })
  await sent.meter.flush()
  expect(sent.meter.stats()).toMatchObject({ accepted: 6, dropped: 1, waiting: 0 })
  expect(sent.drops).toEqual([{ count: 1, reason: 'too-large' }])
})

test('rejected events are told with their reasons and not sent again', async () => {
  const errors = [{ index: 1, code: 'invalid.value', message: 'status must be a number' }]
  const answer: Answer = (response, _body, index) =>
    response
      .writeHead(index === 0 ? 200 : 400)
      .end(JSON.stringify({ accepted: index === 0 ? 2 : 0, duplicates: 0, rejected: index === 0 ? 1 : 3, errors }))
  await using sent = await metered(answer)
  sent.record(3)
  await sent.meter.flush()
  sent.record(3)
  await sent.meter.flush()
  expect(sent.server.bodies).toHaveLength(2)
  expect(sent.errors.map(({ kind, rejected, rejects }) => [kind, rejected, rejects])).toEqual([
    ['rejected', 1, errors],
    ['rejected', 3, errors],
  ])
  expect(sent.meter.stats()).toMatchObject({ accepted: 2, rejected: 4, dropped: 0, waiting: 0 })
})

test('a server that never answers costs no more memory than was allowed, and what is lost is told', async () => {
  await using sent = await metered(() => {}, { maxEvents: 100, batchEvents: 30, closeTimeoutMs: 0 })
  sent.record(250)
  expect(sent.meter.stats()).toMatchObject({ recorded: 250, waiting: 100, dropped: 150 })
  await sent.meter.close()
  sent.record(1)
  expect(sent.meter.stats()).toMatchObject({ waiting: 0, dropped: 251 })
  const lost = Object.groupBy(sent.drops, ({ reason }) => reason)
  expect(lost['memory-full']?.reduce((sum, { count }) => sum + count, 0)).toBe(150)
  expect(lost.closed?.map(({ count }) => count)).toEqual([100, 1])
})

test('functions of the service that throw, reject or never answer lose no call', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const options: Options = {
    clientId: () => {
      throw new Error('no session')
    },
    clientName: async () => 'Billing',
    userId: () => Promise.reject(new Error('no user')),
    platform: () => new Promise(() => {}),
    onError: () => {
      throw new Error('and this one throws too')
    },
    exclude: () => {
      throw new Error('so does this')
    },
  }
  await using sent = await metered(takeAll, options)
  sent.record(1)
  const flushed = sent.meter.flush()
  await vi.advanceTimersByTimeAsync(10_000)
  await flushed
  const [line = ''] = sent.server.bodies[0]?.lines ?? []
  expect(JSON.parse(line)).toMatchObject({ clientName: 'Billing', templateUri: '/a' })
  expect(line).not.toContain('clientId')
})

test('without listeners a process warning tells what goes wrong, once a minute of a kind', async () => {
  const { promise: warned, resolve } = Promise.withResolvers<Error>()
  const warnings: Error[] = []
  const listen = (warning: Error) => {
    warnings.push(warning)
    resolve(warning)
  }
  process.on('warning', listen)
  try {
    await using server = await scriptedServer(takeAll)
    const meter = new Meter({ url: server.url, key: 'rmk_test', maxEvents: 1 })
    for (let index = 0; index < 5; index++) meter.record({}, call)
    expect(await warned).toMatchObject({ name: 'RoutemeterWarning', code: 'memory-full' })
    await meter.close()
    expect(warnings).toHaveLength(1)
  } finally {
    process.off('warning', listen)
  }
})

test('a compressed body says so', async () => {
  await using sent = await metered(takeAll, { gzip: true })
  sent.record(2)
  await sent.meter.flush()
  expect(sent.server.bodies[0]?.headers['content-encoding']).toBe('gzip')
  expect(sent.ids()).toHaveLength(2)
})

test('a connection that the server closed while it was idle is not told as an error', async () => {
  const sockets: { destroy(): void; once(name: string, listener: () => void): unknown }[] = []
  const answer: Answer = (response, body) => {
    if (response.socket !== null) sockets.push(response.socket)
    takeAll(response, body)
  }
  await using sent = await metered(answer)
  sent.record(1)
  await sent.meter.flush()
  sockets[0]?.destroy()
  sent.record(1)
  await sent.meter.flush()
  expect(sent.errors).toEqual([])
  expect(sent.meter.stats()).toMatchObject({ accepted: 2 })
})
