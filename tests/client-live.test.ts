import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LiveUsageEvent, RoutemeterClient, UsageApiError } from '../packages/client/src/index.ts'
import { clientId, clientSecret, type RunningServer, startRoutemeter } from './running-server.ts'

/** A way to a server that breaks when the test says so. */
class BreakingWay implements Disposable {
  port = 0
  readonly #sockets = new Set<Socket>()
  readonly #server: Server

  constructor() {
    this.#server = createServer((socket) => {
      const onward = connect(this.port, '127.0.0.1')
      for (const each of [socket, onward]) {
        this.#sockets.add(each)
        each.on('error', () => {})
        each.on('close', () => {
          this.#sockets.delete(each)
          socket.destroy()
          onward.destroy()
        })
      }
      socket.pipe(onward).pipe(socket)
    })
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  break(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  [Symbol.dispose](): void {
    this.#server.close()
    this.break()
  }
}

let data: string
let server: RunningServer
let way: BreakingWay
let client: RoutemeterClient

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'routemeter-live-'))
  server = await startRoutemeter({ data, args: ['--rate-limit-per-minute', '0'] })
  way = new BreakingWay()
  way.port = server.port
  client = new RoutemeterClient({ url: await way.listen(), clientId, clientSecret })
})
afterAll(async () => {
  way[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
  rmSync(data, { recursive: true })
})

let made = 0
const events = (count: number, fields: object = {}) =>
  Array.from({ length: count }, () => {
    made += 1
    return {
      id: `event-${made}`,
      time: Date.now(),
      clientId: `c${made % 3}`,
      method: 'GET',
      path: '/a',
      status: 200,
      ...fields,
    }
  })

async function next(stream: AsyncIterator<LiveUsageEvent>): Promise<LiveUsageEvent> {
  const { value, done } = await stream.next()
  if (done) return expect.unreachable('the stream ended')
  return value
}

/** Adds up events of usage until they come to so many requests. */
async function addUp(stream: AsyncIterator<LiveUsageEvent>, requests: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (let sum = 0; sum < requests; ) {
    const event = await next(stream)
    if (event.event === 'reset') return expect.unreachable(`a reset: ${event.reason}`)
    for (const row of event.rows) {
      counts[row.clientId ?? ''] = (counts[row.clientId ?? ''] ?? 0) + row.requests
      sum += row.requests
    }
  }
  return counts
}

describe('live usage', () => {
  test('is one stream over connections that break: every new call once, duplicates never', async () => {
    const stream = client.usage.live({ groupBy: ['clientId'], filters: { httpMethod: ['GET'] } })
    expect(await next(stream)).toMatchObject({ event: 'reset', reason: 'begin' })
    const expected: Record<string, number> = {}
    const counted = addUp(stream, 8 * 30)
    for (let round = 0; round < 8; round++) {
      const some = events(30)
      for (const { clientId } of some) expected[clientId] = (expected[clientId] ?? 0) + 1
      const sent = [server.send(some.slice(0, 20)), server.send(some), server.send(events(5, { method: 'POST' }))]
      way.break()
      await Promise.all(sent)
    }
    expect(await counted).toEqual(expected)
    await stream.return(undefined)
  })

  test('tells by a reset that the server has begun anew, and goes on', async () => {
    const stream = client.usage.live()
    expect(await next(stream)).toMatchObject({ reason: 'begin' })
    const reset = next(stream)
    await server[Symbol.asyncDispose]()
    server = await startRoutemeter({ data, args: ['--rate-limit-per-minute', '0'] })
    way.port = server.port
    expect(await reset).toMatchObject({ event: 'reset', reason: 'missed' })
    await server.send(events(4))
    expect(await next(stream)).toMatchObject({ event: 'usage', rows: [{ requests: 4, status200: 4 }] })
    await stream.return(undefined)
  })

  test('goes on after the last event of an earlier stream', async () => {
    const stream = client.usage.live()
    const { id } = await next(stream)
    await stream.return(undefined)
    await server.send(events(3))
    const again = client.usage.live({ lastEventId: id })
    expect(await next(again)).toMatchObject({ event: 'usage', rows: [{ requests: 3 }] })
    await again.return(undefined)
  })

  test('ends with the signal’s reason, and at once', async () => {
    const ending = new AbortController()
    const stream = client.usage.live({ signal: ending.signal })
    await next(stream)
    const more = stream.next()
    ending.abort(new Error('enough'))
    await expect(more).rejects.toThrow('enough')
  })

  test('is refused as everything is', async () => {
    const wrong = new RoutemeterClient({ url: server.url, accessToken: 'wrong' })
    const refusal = await next(wrong.usage.live()).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(UsageApiError)
    expect(refusal).toMatchObject({ status: 401, code: 'bad.credentials' })
  })

  test('ends for a token that ends and cannot be renewed', async () => {
    const token = await server.token()
    const other = new RoutemeterClient({ url: server.url, accessToken: token })
    const stream = other.usage.live()
    await next(stream)
    const more = next(stream).catch((error: unknown) => error)
    await fetch(`${server.url}/api/v2/tokens/me`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
    expect(await more).toMatchObject({ status: 401 })
  })
})

test('the values of a dimension are listed by prefix', async () => {
  await server.send(['Ann', 'anton', 'bob'].flatMap((userId) => events(1, { userId })))
  expect(await client.usage.dimensions('userId', { prefix: 'an' })).toEqual({
    values: ['Ann', 'anton'],
    truncated: false,
  })
  expect(await client.usage.dimensions('userId', { limit: 1 })).toEqual({ values: ['Ann'], truncated: true })
  const { values, clientNames } = await client.usage.dimensions('clientId')
  expect([values, clientNames]).toEqual([
    ['c0', 'c1', 'c2'],
    ['', '', ''],
  ])
})

test('rate limits are set, and who is near them is told', async () => {
  expect(await client.rateLimits.get()).toMatchObject({ preset: true })
  const limits = [{ by: ['userId'], requestsPerMinute: 3 }] as const
  expect(await client.rateLimits.set(limits)).toEqual({ limits, preset: false })
  await server.send(events(50, { userId: 'greedy', status: 429 }))
  const { limits: found, currentMinute } = await client.rateLimits.status({ minutes: 5 })
  expect(found).toMatchObject([{ by: ['userId'], entities: [{ userId: 'greedy', state: 'over', status429: 50 }] }])
  expect(Date.parse(currentMinute) % 60_000).toBe(0)
})
