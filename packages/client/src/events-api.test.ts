import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConnectionError, RoutemeterClient, UsageApiError, type UsageEvent } from './index.ts'

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

const RECEIPT = { accepted: 2, duplicates: 0, rejected: 0, errors: [] }
const EVENTS: readonly UsageEvent[] = [
  { id: 'a', time: 1, method: 'GET', path: '/x', status: 200 },
  { id: 'b', time: '2026-11-23T10:00:00Z', method: 'GET', templateUri: 'y', status: 204 },
]

/** A protocol peer: its scripted answers in turn, the last one for ever; `hang up` breaks the connection. */
let server: Server
let url: string
let scripts: (Answer | 'hang up')[]
let seen: { url: string | undefined; type: string | undefined; encoding: string | undefined; body: string }[]

beforeEach(async () => {
  ;[scripts, seen] = [[{ body: RECEIPT }], []]
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { 'content-type': type, 'content-encoding': encoding } = request.headers
    seen.push({ url: request.url, type, encoding, body: Buffer.concat(chunks).toString() })
    const answer = scripts.length > 1 ? scripts.shift() : scripts[0]
    if (answer === 'hang up' || answer === undefined) return void request.socket.destroy()
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
    response.end(JSON.stringify(answer.body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

const events = () => new RoutemeterClient({ url, accessToken: 'key', maxRetries: 0 }).events
const busy = (status: number): Answer => ({
  status,
  headers: { 'retry-after': '0' },
  body: { code: 'x', message: 'Later' },
})
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it was done'),
    (error: unknown) => error,
  )

describe('events', () => {
  test('are sent as one line of JSON each, and answered with what became of them', async () => {
    expect(await events().send(EVENTS)).toEqual(RECEIPT)
    const body = EVENTS.map((event) => `${JSON.stringify(event)}\n`).join('')
    expect(seen).toEqual([{ url: '/v1/events', type: 'application/x-ndjson', encoding: undefined, body }])
  })

  test('may be a body that somebody else wrote, compressed, and asked about', async () => {
    scripts = [{ body: { ...RECEIPT, unmatched: 1 } }]
    const body = new TextEncoder().encode('bytes')
    const receipt = await events().send(body, { encoding: 'gzip', unmatched: true })
    expect(receipt).toEqual({ ...RECEIPT, unmatched: 1 })
    expect(seen).toMatchObject([{ url: '/v1/events?unmatched=true', encoding: 'gzip', body: 'bytes' }])
  })

  test('of which none can be used are a receipt too', async () => {
    const errors = [{ index: 0, code: 'invalid.value', message: 'status' }]
    const receipt = { accepted: 0, duplicates: 0, rejected: 2, errors }
    scripts = [{ status: 400, body: { code: 'constraint.validation', message: 'None', ...receipt } }]
    expect(await events().send(EVENTS)).toEqual(receipt)
  })

  test('that are refused are an error at once', async () => {
    scripts = [{ status: 413, body: { code: 'request.entity.too.large', message: 'Too much' } }]
    const error = await failureOf(events().send(EVENTS, { patienceMs: 60_000 }))
    expect(error).toBeInstanceOf(UsageApiError)
    expect([error, seen.length]).toMatchObject([{ status: 413 }, 1])
  })

  test('are sent again unchanged while the server is away or busy, as long as patience lasts', async () => {
    scripts = [busy(503), 'hang up', busy(429), busy(502), { body: RECEIPT }]
    const told: string[] = []
    const onWait = (cause: Error) => told.push(cause.name)
    expect(await events().send(EVENTS, { patienceMs: 60_000, onWait })).toEqual(RECEIPT)
    expect(told).toEqual(['UsageApiError', 'ConnectionError', 'UsageApiError', 'UsageApiError'])
    expect(new Set(seen.map(({ body }) => body)).size).toBe(1)
  })

  test('are given up when patience is at its end', async () => {
    scripts = ['hang up']
    const error = await failureOf(events().send(EVENTS, { patienceMs: 300 }))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(seen.length).toBeGreaterThan(1)
  })

  test('are waited for no longer when the signal aborts', async () => {
    scripts = [{ ...busy(503), headers: { 'retry-after': '60' } }]
    const stop = new AbortController()
    const onWait = () => stop.abort(new Error('enough'))
    const options = { patienceMs: 3_600_000, onWait, signal: stop.signal }
    expect(await failureOf(events().send(EVENTS, options))).toBe(stop.signal.reason)
  })
})
