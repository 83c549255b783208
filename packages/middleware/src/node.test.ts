import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf, drive } from '../../../tests/middleware/driver.ts'
import { openRoutemeter, type TestRoutemeter } from '../../../tests/middleware/routemeter.ts'
import type { FinishedCall } from './finished-call.ts'
import { type NodeMeterOptions, routemeter } from './node.ts'

let platform: TestRoutemeter

beforeAll(async () => {
  platform = await openRoutemeter()
})
afterAll(() => platform[Symbol.asyncDispose]())

/** The API of tests/middleware/driver.ts as a table of patterns. */
const ROUTES: readonly [pattern: RegExp, template: string, answer: RequestListener][] = [
  [/^\/orgs\/[^/]+\/users\/[^/]+$/, '/orgs/{org}/users/{id}', (_request, response) => response.end('{}')],
  [/^\/orgs\/[^/]+\/users$/, '/orgs/:org/users', (_request, response) => response.writeHead(201).end()],
  [
    /^\/orgs\/[^/]+\/limited\/[^/]+$/,
    '/orgs/{org}/limited/{id}',
    (_request, response) => response.writeHead(429).end(),
  ],
  [
    /^\/orgs\/[^/]+\/missing\/[^/]+$/,
    '/orgs/{org}/missing/{id}',
    (_request, response) => response.writeHead(404).end(),
  ],
  [/^\/orgs\/[^/]+\/broken$/, '/orgs/{org}/broken', (_request, response) => response.writeHead(500).end()],
  [/^\/v1\/things\/[^/]+$/, '/v1/things/{thing}', (_request, response) => response.writeHead(204).end()],
  [/^\/slow$/, '/slow', () => {}],
  [/^\/moved$/, '/moved', (_request, response) => response.writeHead(302, { location: '/' }).end()],
  [/^\/healthz$/, '/healthz', (_request, response) => response.end()],
  [
    /^\/stream$/,
    '/stream',
    async (_request, response) => {
      response.write('first ')
      await setImmediate()
      response.end('last')
    },
  ],
]
const routeOf = (request: IncomingMessage) => ROUTES.find(([pattern]) => pattern.test(request.url?.split('?')[0] ?? ''))
const api: RequestListener = (request, response) => {
  const [, , answer] = routeOf(request) ?? []
  if (answer === undefined) response.writeHead(404).end()
  else answer(request, response)
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

test.each(['wrap', 'attach'] as const)('Routemeter counts what a server of node:http was sent (%s)', async (way) => {
  const meter = routemeter({
    url: platform.url,
    key: platform.key,
    gzip: true,
    template: (request) => routeOf(request)?.[1],
    clientId: (request) => `${way}:${clientOf(request.headers['x-client-id'])}`,
    exclude: { paths: ['/healthz/*'] },
  })
  const server = createServer(way === 'wrap' ? meter.wrap(api) : api)
  if (way === 'attach') meter.attach(server)
  const sent = await drive(await listening(server))
  server.close()
  await once(server, 'close')
  await meter.close()
  const counted = Object.entries(await platform.counts()).filter(([name]) => name.startsWith(`${way}:`))
  expect(Object.fromEntries(counted.map(([name, counts]) => [name.slice(way.length + 1), counts]))).toEqual(sent)
})

/** What is measured of one request. */
async function measured(
  listener: RequestListener,
  call: (port: number) => Promise<unknown>,
  options: Partial<NodeMeterOptions> = {},
): Promise<FinishedCall> {
  const { promise, resolve } = Promise.withResolvers<FinishedCall>()
  const exclude = (finished: FinishedCall) => {
    resolve(finished)
    return true
  }
  await using meter = routemeter({ url: platform.url, key: platform.key, exclude, ...options })
  const server = createServer(meter.wrap(listener))
  await call(await listening(server)).catch(() => {})
  const finished = await promise
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  return finished
}

test('bodies are measured as they cross the wire: in chunks, compressed, cut off', async () => {
  const echo: RequestListener = async (request, response) => {
    for await (const chunk of request) response.write(chunk)
    response.end('€', 'utf8')
  }
  const chunked = await measured(echo, async (port) => {
    const request = send({ port, host: '127.0.0.1', method: 'POST' })
    request.write('four')
    request.end('five5')
    const [response] = await once(request, 'response')
    response.resume()
  })
  expect(chunked).toMatchObject({ requestBytes: 9, responseBytes: 12, status: 200 })
  const announced = await measured(echo, (port) =>
    fetch(`http://127.0.0.1:${port}/`, { method: 'PUT', body: 'seven77' }),
  )
  expect(announced).toMatchObject({ method: 'PUT', requestBytes: 7, responseBytes: 10 })
  const head = await measured(
    (_request, response) => response.end('not sent'),
    (port) => fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' }),
  )
  expect(head).toMatchObject({ method: 'HEAD', requestBytes: 0, responseBytes: 0 })
})

test('a call whose answer was under way when the caller left has the status that was sent; one without is 499', async () => {
  const leave = async (port: number) => {
    const request = send({ port, host: '127.0.0.1', headers: { expect: '100-continue' } })
    request.flushHeaders()
    request.on('error', () => {})
    await Promise.race([once(request, 'response'), once(request, 'continue').then(() => setImmediate())])
    request.destroy()
  }
  const streaming: RequestListener = (_request, response) => response.writeHead(206).write('first')
  expect(await measured(streaming, leave)).toMatchObject({ status: 206, responseBytes: 5 })
  expect(await measured(() => {}, leave)).toMatchObject({ status: 499, responseBytes: 0 })
})

test('what a listener throws goes on, and a call that gets no answer for it is 500', async () => {
  const thrown = new Error('as the test wants it')
  const meter = routemeter({ url: platform.url, key: platform.key })
  const wrapped = meter.wrap(() => {
    throw thrown
  })
  const { promise: caught, resolve } = Promise.withResolvers<unknown>()
  const server = createServer((request, response) => {
    try {
      wrapped(request, response)
    } catch (error) {
      resolve(error)
      request.socket.destroy()
    }
  })
  const port = await listening(server)
  await expect(fetch(`http://127.0.0.1:${port}/thrown`, { headers: { 'x-client-id': 'x' } })).rejects.toThrow()
  expect(await caught).toBe(thrown)
  server.close()
  await once(server, 'close')
  await meter.close()
  expect(await platform.counts()).toMatchObject({ ' GET thrown': { requests: 1, status500: 1 } })
})

test('the query of a target, whole addresses included, is left behind', async () => {
  const paths: string[] = []
  const targets = ['/a/b?token=secret#part', 'http://user:password@example.com/c?d', 'http://example.com?secret', '*']
  for (const path of targets) {
    const call = async (port: number) => {
      const request = send({ port, host: '127.0.0.1', path, method: path === '*' ? 'OPTIONS' : 'GET' }).end()
      const [response] = await once(request, 'response')
      response.resume()
    }
    paths.push((await measured((_request, response) => response.end(), call)).path)
  }
  expect(paths).toEqual(['/a/b', '/c', '/', '*'])
})
