import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import Router from '@koa/router'
import Koa, { type Context } from 'koa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf, drive } from '../../../tests/middleware/driver.ts'
import { openRoutemeter, type TestRoutemeter } from '../../../tests/middleware/routemeter.ts'
import type { FinishedCall } from './finished-call.ts'
import { type KoaMeter, routemeter } from './koa.ts'

let platform: TestRoutemeter

beforeAll(async () => {
  platform = await openRoutemeter()
})
afterAll(() => platform[Symbol.asyncDispose]())

/** The API of tests/middleware/driver.ts: routers in routers. */
function serveApi(meter: KoaMeter<Context>): Koa {
  const app = new Koa()
  app.silent = true
  app.use(meter)
  const users = new Router()
  users.get('/:id', (context) => {
    context.body = context.params
  })
  users.post('/', (context) => {
    context.status = 201
  })
  const limited = new Router()
  limited.get('/:id', (context) => {
    context.body = 'never'
  })
  const org = new Router({ prefix: '/orgs/:org' })
  org.use('/users', users.routes())
  org.use('/limited/:id', (context) => {
    context.status = 429
  })
  org.use('/limited', limited.routes())
  org.get('/missing/:id', (context) => {
    context.status = 404
  })
  org.get('/broken', () => {
    throw new Error('as the test wants it')
  })
  const others = new Router()
  others.delete('/v1/things/:thing', (context) => {
    context.status = 204
  })
  others.get('/slow', () => new Promise(() => {}))
  others.get('/moved', (context) => context.redirect('/elsewhere'))
  others.get('/healthz', (context) => {
    context.body = 'well'
  })
  others.get('/stream', (context) => {
    context.body = Readable.from(
      (async function* () {
        yield 'first '
        await setImmediate()
        yield 'last'
      })(),
    )
  })
  app.use(org.routes()).use(others.routes())
  return app
}

async function listening(app: Koa) {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

test('Routemeter counts what Koa was sent, by client, template and status', async () => {
  const meter = routemeter<Context>({
    url: platform.url,
    key: platform.key,
    clientId: (context) => clientOf(context.get('x-client-id')),
    exclude: (call) => call.path === '/healthz',
  })
  const { server, port } = await listening(serveApi(meter))
  const sent = await drive(port)
  server.close()
  await once(server, 'close')
  await meter.close()
  expect(await platform.counts()).toEqual(sent)
})

test('what koa-mount cuts off a path is put before the template', async () => {
  const calls: FinishedCall[] = []
  await using meter = routemeter<Context>({
    url: platform.url,
    key: platform.key,
    exclude: (call) => calls.push(call) > 0,
  })
  const app = new Koa()
  app.use(meter)
  // As koa-mount does it.
  app.use(async (context, next) => {
    const path = context.path
    Object.assign(context, { mountPath: '/inner' })
    context.path = path.replace('/outer/inner', '')
    await next()
    context.path = path
  })
  app.use(new Router().get('/users/:id', (context) => context.redirect('/')).routes())
  const { server, port } = await listening(app)
  await fetch(`http://127.0.0.1:${port}/outer/inner/users/7`, { redirect: 'manual' })
  server.close()
  await once(server, 'close')
  expect(calls.map(({ template }) => template)).toEqual(['/outer/inner/users/{id}'])
})
