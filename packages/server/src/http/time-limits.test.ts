import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { AppOptions } from './app.ts'
import { openTestApp, type TestAppOptions } from './test-app.ts'
import { send, TestConnection } from './test-connection.ts'

async function listening(app: Partial<AppOptions>, more: TestAppOptions = {}) {
  const open = await openTestApp({ ...more, app })
  await open.app.listen({ host: '127.0.0.1', port: 0 })
  return { ...open, port: (open.app.server.address() as AddressInfo).port }
}

const head = (line: string, ...headers: string[]) => [`${line} HTTP/1.1`, 'Host: x', ...headers].join('\r\n')
const forever = () => new Promise<never>(() => {})

describe('a request that does not arrive in time', () => {
  test.each([
    ['not a byte', ''],
    ['half a line', 'GET /li'],
    ['headers without an end', head('GET /livez', 'X-A: b')],
    ['half a body', head('POST /v1/sign-in', 'Content-Type: application/json', 'Content-Length: 5', '', '{')],
    ['chunks without an end', head('POST /v1/events', 'Transfer-Encoding: chunked', '', '')],
  ])('is answered 408: %s', async (_, bytes) => {
    await using slow = await listening({ requestTimeout: 200 })
    const key = await slow.ingestKey()
    const answer = await send(
      slow.port,
      bytes.replace('Transfer', `X-Api-Key: ${key}\r\nContent-Type: application/json\r\nTransfer`),
    )
    expect(answer.status).toBe(408)
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'request.timeout',
      status: 408,
      contextId: answer.headers['inin-correlation-id'],
    })
  })

  test('and was answered already is not answered a second time', async () => {
    await using slow = await listening({ requestTimeout: 200 })
    using connection = await TestConnection.open(slow.port)
    connection.write(head('POST /v1/events', 'Content-Type: application/json', 'Content-Length: 500', '', '{'))
    expect((await connection.rest()).map(({ status }) => status)).toEqual([401])
  })
})

describe('an answer', () => {
  test('that does not begin in time is 504', async () => {
    await using slow = await listening({ answerTimeout: 100 }, { describe: forever })
    const { cookie } = await slow.sessionOf([])
    const answer = await send(slow.port, head('GET /', `Cookie: ${cookie}`, 'Connection: close', '', ''))
    expect(answer.status).toBe(504)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'request.timeout', status: 504 })
    expect(slow.lines.find((line) => line.msg === 'answered')).toMatchObject({
      status: 504,
      correlationId: answer.headers['inin-correlation-id'],
    })
  })

  test('that begins late after a body was read is 504 too', async () => {
    await using slow = await listening({ answerTimeout: 100 }, { submit: forever })
    const { authorization } = await slow.headersOf(['usage:organization:view'])
    const body = '{"interval":"2020/2020"}'
    const headers = [`Authorization: ${authorization}`, 'Content-Type: application/json', 'Connection: close']
    const length = `Content-Length: ${body.length}`
    const answer = await send(slow.port, head('POST /api/v2/usage/query', ...headers, length, '', body))
    expect(answer.status).toBe(504)
  })

  test.each<[string, Partial<AppOptions>]>([
    ['nobody reads', { idleTimeout: 200 }],
    ['somebody reads too slowly', { answerTimeout: 300 }],
  ])('that %s is cut off', async (_, app) => {
    await using slow = await listening(app)
    const accepted = once(slow.app.server, 'connection')
    using connection = await TestConnection.open(slow.port)
    connection.socket.pause()
    const [socket] = await accepted
    const isCut = once(socket, 'close')
    // Far more than all buffers on the way take.
    connection.write(head('GET /docs/static/swagger-ui-bundle.js', '', '').repeat(30))
    await isCut
  })
})
