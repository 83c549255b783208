import { once } from 'node:events'
import { get } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from './test-app.ts'
import { type RawAnswer, send as sendTo, TestConnection } from './test-connection.ts'

let open: TestApp
let port: number
beforeAll(async () => {
  open = await openTestApp()
  await open.app.listen({ host: '127.0.0.1', port: 0 })
  port = (open.app.server.address() as AddressInfo).port
})
afterAll(() => open[Symbol.asyncDispose]())

const send = (text: string, to = port) => sendTo(to, text)

function expectError(answer: RawAnswer | undefined, status: number, code: string): void {
  if (answer === undefined) throw new Error('there is no answer')
  expect(answer.status).toBe(status)
  expect(answer.headers['content-type']).toBe('application/json')
  expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.body)))
  expect(answer.headers['cache-control']).toContain('no-store')
  expect(answer.headers['inin-ratelimit-allowed']).toBe('300')
  const body = JSON.parse(answer.body)
  expect(body).toMatchObject({ status, code, details: [], errors: [] })
  expect(body.contextId).toBe(answer.headers['inin-correlation-id'])
}

test('headers that the platform’s Java client looks for go out as it spells them, errors included', async () => {
  const socket = connect(port, '127.0.0.1')
  const answered = once(socket.setEncoding('utf8'), 'data')
  socket.write('GET /api/v2/tokens/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  const [head] = (await answered) as [string]
  expect(head).toMatch(/^HTTP\/1\.1 401 /)
  expect(head.match(/^inin-correlation-id: /gim)).toEqual(['ININ-Correlation-Id: '])
  await once(socket, 'close')
})

describe('what is not HTTP is answered as any other error', () => {
  test.each([
    ['no request line', 'hello\r\n\r\n'],
    ['a method that there is not', 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['NUL in the path', 'GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n'],
    ['a Content-Length that is no number', 'POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n'],
    ['two lengths', 'POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['chunks that are none', 'POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('%s', async (_, text) => {
    expectError(await send(text), 400, 'bad.request')
  })

  test('headers without end', async () => {
    expectError(await send(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(200_000)}`), 431, 'bad.request')
  })

  test('a URL without end', async () => {
    expectError(await send(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`), 431, 'bad.request')
  })

  test.each([
    ['a path that is none', 'GET livez HTTP/1.1', 400, 'bad.request'],
    ['a path with bytes above ASCII', 'GET /\u00e9 HTTP/1.1', 400, 'bad.request'],
  ])('%s', async (_, line, status, code) => {
    expectError(await send(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`), status, code)
  })

  test('an upgrade is not made, and the request is answered as it is', async () => {
    const upgrade = 'Connection: Upgrade, close\r\nUpgrade: websocket\r\n'
    const answer = await send(`GET /livez HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`)
    expect([answer.status, answer.body]).toEqual([200, '{"status":"ok"}'])
  })

  test('two hosts', async () => {
    const answer = await send('GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n')
    expectError(answer, 400, 'bad.request')
  })

  test('a missing Host', async () => {
    expectError(await send('GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n'), 400, 'bad.request')
  })

  test('a tunnel', async () => {
    expectError(
      await send('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'),
      405,
      'method.not.allowed',
    )
  })

  test('an expectation is ignored', async () => {
    const answer = await send('GET /livez HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\nConnection: close\r\n\r\n')
    expect(answer.status).toBe(200)
  })
})

test('what follows a body beyond its Content-Length is an error of its own, after the answer to the body', async () => {
  const head = 'POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12'
  using connection = await TestConnection.open(port)
  const [answer, error, ...more] = await connection.write(`${head}\r\n\r\n{"code":"x"}{"more":1}`).rest()
  expect(answer?.status).toBe(401)
  expectError(error, 400, 'bad.request')
  expect(more).toEqual([])
})

test.each(['['.repeat(100_000), `${'['.repeat(100_000)}${']'.repeat(100_000)}`, '{"a":'.repeat(100_000)])(
  'a body of 100,000 brackets is refused and exhausts nothing',
  async (body) => {
    const head = 'POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close'
    expectError(await send(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`), 400, 'bad.request')
  },
)

test('HTTP/1.0 without a Host is served', async () => {
  const answer = await send('GET /livez HTTP/1.0\r\n\r\n')
  expect([answer.status, answer.body]).toEqual([200, '{"status":"ok"}'])
})

test('a body that is chunked is read like any other', async () => {
  const body = '{"code"\r\n3\r\n:"x\r\n2\r\n"}\r\n0\r\n\r\n'
  const head = 'POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n'
  const answer = await send(`${head}Transfer-Encoding: chunked\r\n\r\n7\r\n${body}`)
  expect(answer.status).toBe(401)
  expect(answer.body).toContain('bad.credentials')
})

test('a request that never ends is answered 408', async () => {
  await using slow = await openTestApp({ app: { requestTimeout: 200 } })
  await slow.app.listen({ host: '127.0.0.1', port: 0 })
  const { port: slowPort } = slow.app.server.address() as AddressInfo
  const unfinished =
    'POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{'
  expectError(await send(unfinished, slowPort), 408, 'request.timeout')
})

test('a stopping server finishes what is under way, then closes the connection', async () => {
  const stopping = await openTestApp()
  await stopping.app.listen({ host: '127.0.0.1', port: 0 })
  const { port: to } = stopping.app.server.address() as AddressInfo
  const socket = connect(to, '127.0.0.1')
  let received = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    received += chunk
  })
  const body = '{"code":"x"}'
  const arrived = once(stopping.app.server, 'request')
  socket.write(
    `POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n{`,
  )
  await arrived
  const closed = stopping[Symbol.asyncDispose]()
  socket.write(body.slice(1))
  await once(socket, 'close')
  await closed
  expect(received).toContain('HTTP/1.1 401')
  expect(received).toContain('bad.credentials')
})

/** Made for this test, used nowhere else: CN=localhost, good until 2126. */
const TLS = {
  key: Buffer.from(`-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkoQXv3VG9SLJEtKy
BuO0G6JvNc8R+OeghPMhPx25o96hRANCAASYppr6/hnlPI1nLtMUuzxIuJgI4N9I
DhB+TMLlsDLLAa8x5oSBB4FgT2khk3MKMlVeABcbT9lScCeJQ/+JYxP2
-----END PRIVATE KEY-----`),
  cert: Buffer.from(`-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUURxa2DzKe/+RSuM6wJFah1/KnOcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzExMTYyMloYDzIxMjYxMDMw
MTExNjIyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASYppr6/hnlPI1nLtMUuzxIuJgI4N9IDhB+TMLlsDLLAa8x5oSBB4Fg
T2khk3MKMlVeABcbT9lScCeJQ/+JYxP2o2QwYjAdBgNVHQ4EFgQUiTkSAVgNDMdP
xF1aog8GjZ5HxTwwHwYDVR0jBBgwFoAUiTkSAVgNDMdPxF1aog8GjZ5HxTwwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IAMhce9ZAOEXJuy14OWaX4s0kEoC/3haDjiZ0+tn7B3iAiEArCBv5j607pHftM7C
hEn5c9TBKI7LwTbMbBZmuglMjxA=
-----END CERTIFICATE-----`),
}

test('with a certificate the same is served over https', async () => {
  await using secure = await openTestApp({ app: { https: TLS } })
  await secure.app.listen({ host: '127.0.0.1', port: 0 })
  const { port: securePort } = secure.app.server.address() as AddressInfo
  const request = get({ host: '127.0.0.1', port: securePort, path: '/livez', ca: TLS.cert, agent: false })
  const [answer] = await once(request, 'response')
  expect(answer.statusCode).toBe(200)
  expect(await answer.setEncoding('utf8').toArray()).toEqual(['{"status":"ok"}'])
})

test('HTTP without TLS to a port that speaks https is no answer in plain text, and harms nobody', async () => {
  await using secure = await openTestApp({ app: { https: TLS } })
  await secure.app.listen({ host: '127.0.0.1', port: 0 })
  const { port: securePort } = secure.app.server.address() as AddressInfo
  using plain = await TestConnection.open(securePort)
  expect(await plain.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n').rest()).toEqual([])
  const [answer] = await once(
    get({ host: '127.0.0.1', port: securePort, path: '/livez', ca: TLS.cert, agent: false }),
    'response',
  )
  expect(answer.resume().statusCode).toBe(200)
})
