import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { stream } from 'hono/streaming'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf, drive } from '../../../tests/middleware/driver.ts'
import { openRoutemeter, type TestRoutemeter } from '../../../tests/middleware/routemeter.ts'
import type { FinishedCall } from './finished-call.ts'
import { type HonoMeter, routemeter } from './hono.ts'

let platform: TestRoutemeter

beforeAll(async () => {
  platform = await openRoutemeter()
})
afterAll(() => platform[Symbol.asyncDispose]())

/** The API of tests/middleware/driver.ts: applications in applications, one with an error handler of its own. */
function serveApi(meter: HonoMeter<Context>): Hono {
  const app = new Hono()
  app.use(meter)
  const users = new Hono()
  users.get('/:id{.+}', (context) => context.json(context.req.param()))
  users.post('/', (context) => context.body(null, 201))
  const limited = new Hono()
  limited.use(async (context, _next) => context.text('slow down', 429))
  limited.get('/:id', (context) => context.text('never'))
  const org = new Hono()
  org.route('/users', users)
  org.route('/limited', limited)
  org.get('/missing/:id', (context) => context.notFound())
  org.get('/broken', () => {
    throw new Error('as the test wants it')
  })
  org.onError((_error, context) => context.text('broken', 500))
  app.route('/orgs/:org', org)
  app.delete('/v1/things/:thing', (context) => context.body(null, 204))
  app.get('/slow', () => new Promise(() => {}))
  app.get('/moved', (context) => context.redirect('/elsewhere'))
  app.get('/healthz', (context) => context.text('well'))
  app.get('/stream', (context) =>
    stream(context, async (out) => {
      await out.write('first ')
      await setImmediate()
      await out.write('last')
    }),
  )
  app.all('/*', (context) => context.notFound())
  return app
}

test('Routemeter counts what Hono was sent, by client, template and status', async () => {
  const meter = routemeter<Context>({
    url: platform.url,
    key: platform.key,
    clientId: (context) => clientOf(context.req.header('x-client-id')),
    exclude: { paths: [/^\/healthz$/g] },
  })
  const server = serve({ fetch: serveApi(meter).fetch, port: 0, hostname: '127.0.0.1' }) as Server
  await once(server, 'listening')
  const sent = await drive((server.address() as AddressInfo).port)
  server.close()
  await once(server, 'close')
  await meter.close()
  expect(await platform.counts()).toEqual(sent)
})

test('without Node below it a call is measured to the end of its body', async () => {
  const calls: FinishedCall[] = []
  await using meter = routemeter<Context>({
    url: platform.url,
    key: platform.key,
    exclude: (call) => calls.push(call) > 0,
  })
  const app = serveApi(meter)
  const answer = await app.request('http://example.com/stream?secret=1')
  expect(calls).toEqual([])
  expect(await answer.text()).toBe('first last')
  await app.request('http://example.com/v1/things/7', { method: 'DELETE' })
  await (await app.request('http://example.com/nowhere')).text()
  expect(calls).toMatchObject([
    { method: 'GET', path: '/stream', template: '/stream', status: 200, responseBytes: 10 },
    { method: 'DELETE', path: '/v1/things/7', template: '/v1/things/{thing}', status: 204, responseBytes: 0 },
    { method: 'GET', path: '/nowhere', template: undefined, status: 404, responseBytes: 13 },
  ])
})
