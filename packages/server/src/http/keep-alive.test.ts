import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from './test-app.ts'
import { type RawAnswer, TestConnection } from './test-connection.ts'

let open: TestApp
let port: number
let release = () => {}
let token: string
beforeAll(async () => {
  // The page at / asks the store, which answers when the test lets it.
  const describe = async () => {
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return { requests: 0, newestEvent: undefined }
  }
  open = await openTestApp({ describe, settings: { maxBodyBytes: 2_000, rateLimitPerMinute: 0 } })
  await open.app.listen({ host: '127.0.0.1', port: 0 })
  port = (open.app.server.address() as AddressInfo).port
  token = (await open.headersOf(['usage:organization:view', 'usage:event:add'])).authorization
})
afterAll(() => open[Symbol.asyncDispose]())

function request(line: string, headers: Record<string, string> = {}, body = ''): string {
  const fields = Object.entries({ host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${line} HTTP/1.1\r\n${fields.join('')}\r\n${body}`
}

const post = (path: string, headers: Record<string, string>, body: string) =>
  request(`POST ${path}`, { 'content-length': String(body.length), ...headers }, body)

const chunked = (path: string, headers: Record<string, string>, ...chunks: string[]) =>
  request(
    `POST ${path}`,
    { 'transfer-encoding': 'chunked', ...headers },
    [...chunks, ''].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join(''),
  )

const QUERY = '/api/v2/usage/query'
const json = { 'content-type': 'application/json' }
const known = () => ({ ...json, authorization: token })
/** Would be taken for a request if it were not read as the body that it is. */
const TRAP = request('DELETE /livez').repeat(100)

function statusAndCode({ status, body }: RawAnswer): readonly [number, string] {
  return [status, JSON.parse(body).code]
}

describe('a connection goes on after an error, and the next request begins where it should', () => {
  test.each<[string, () => string, number, string]>([
    ['401, its body not read', () => post(QUERY, json, TRAP), 401, 'authentication.required'],
    ['401, its body chunked and not read', () => chunked(QUERY, json, TRAP, TRAP), 401, 'authentication.required'],
    ['401 of events', () => post('/v1/events', json, TRAP), 401, 'authentication.required'],
    ['404', () => post('/nowhere', json, TRAP), 404, 'not.found'],
    ['405', () => post('/livez', json, TRAP), 405, 'method.not.allowed'],
    ['400 of JSON', () => post(QUERY, known(), 'x'), 400, 'bad.request'],
    ['400 of nothing', () => chunked(QUERY, known()), 400, 'bad.request'],
    ['413 by its length', () => post(QUERY, known(), TRAP), 413, 'request.entity.too.large'],
    ['413 by its chunks', () => chunked(QUERY, known(), TRAP, TRAP), 413, 'request.entity.too.large'],
    ['413 of events', () => post('/v1/events', known(), TRAP), 413, 'request.entity.too.large'],
    ['413 of chunked events', () => chunked('/v1/events', known(), TRAP, TRAP), 413, 'request.entity.too.large'],
    ['415', () => post(QUERY, { ...known(), 'content-type': 'text/csv' }, TRAP), 415, 'unsupported.media.type'],
    [
      '415 of events',
      () => post('/v1/events', { ...known(), 'content-type': 'a/b' }, TRAP),
      415,
      'unsupported.media.type',
    ],
    [
      '415 of an encoding',
      () => post(QUERY, { ...known(), 'content-encoding': 'br' }, 'x'),
      415,
      'unsupported.media.type',
    ],
    ['400 of a path', () => request('GET /%zz'), 400, 'bad.request'],
    ['a body on GET', () => request('GET /nowhere', { ...json, 'content-length': '5' }, '12345'), 404, 'not.found'],
  ])('%s', async (_, first, status, code) => {
    using connection = await TestConnection.open(port)
    // Sent at once: the second request is there before the first is answered.
    const last = request('GET /livez', { connection: 'close' })
    const answers = await connection.write(first() + first() + last).rest()
    expect(answers.slice(0, 2).map(statusAndCode)).toEqual([
      [status, code],
      [status, code],
    ])
    expect(answers.slice(2).map(({ body }) => body)).toEqual(['{"status":"ok"}'])
  })

  test('HEAD and OPTIONS leave no body behind', async () => {
    using connection = await TestConnection.open(port)
    const answers = connection.write(
      request('OPTIONS /api/v2/usage/query') + request('GET /livez', { connection: 'close' }),
    )
    expect((await answers.rest()).map(({ status }) => status)).toEqual([204, 200])
  })
})

test('a sender of far more than is allowed reads why it is refused', async () => {
  using connection = await TestConnection.open(port)
  const megabytes = 'x'.repeat(20_000_000)
  const answer = await connection.write(post(QUERY, known(), megabytes)).next()
  expect(answer && statusAndCode(answer)).toEqual([413, 'request.entity.too.large'])
  expect(answer?.body).toContain('2000 bytes')
})

describe('what is broken is answered after the requests before it', () => {
  const slow = async () => request('GET /', await open.sessionOf([]))

  test.each([
    ['HTTP that is none', 'hello\r\n\r\n', 400],
    ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['chunks that are none', request('POST /v1/sign-in', { ...json, 'transfer-encoding': 'chunked' }, 'zz\r\n'), 400],
  ])('%s', async (_, broken, status) => {
    using connection = await TestConnection.open(port)
    release = () => {}
    const before = release
    connection.write((await slow()) + broken)
    await expect.poll(() => release).not.toBe(before)
    release()
    const [first, second, ...more] = await connection.rest()
    expect(first?.status).toBe(200)
    expect(first?.body).toContain('<html')
    expect(second?.status).toBe(status)
    expect(JSON.parse(second?.body ?? '').contextId).toBe(second?.headers['inin-correlation-id'])
    expect(more).toEqual([])
  })
})
