import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf, drive } from '../../../tests/middleware/driver.ts'
import { openRoutemeter, type TestRoutemeter } from '../../../tests/middleware/routemeter.ts'
import { routemeter } from './fastify.ts'
import type { FinishedCall } from './finished-call.ts'

let platform: TestRoutemeter

beforeAll(async () => {
  platform = await openRoutemeter()
})
afterAll(() => platform[Symbol.asyncDispose]())

/** The API of tests/middleware/driver.ts: plugins in plugins, each under a prefix. */
async function serveApi(app: FastifyInstance): Promise<void> {
  app.register(
    async (org) => {
      org.get('/users/:id', async (request) => request.params)
      org.post('/users', async (_request, reply) => reply.code(201).send())
      org.register(
        async (limited) => {
          limited.addHook('onRequest', async (_request, reply) => reply.code(429).send('slow down'))
          limited.get('/:id', async () => 'never')
        },
        { prefix: '/limited' },
      )
      org.get('/missing/:id(^\\d+$)', async (_request, reply) => reply.code(404).send())
      org.get('/broken', async () => {
        throw new Error('as the test wants it')
      })
    },
    { prefix: '/orgs/:org' },
  )
  app.delete('/v1/things/:thing', async (_request, reply) => reply.code(204).send())
  app.get('/slow', () => {})
  app.get('/moved', async (_request, reply) => reply.redirect('/elsewhere'))
  app.get('/healthz', async () => 'well')
  app.get('/stream', async () =>
    Readable.from(
      (async function* () {
        yield 'first '
        await setImmediate()
        yield 'last'
      })(),
    ),
  )
}

test('Routemeter counts what Fastify was sent, by client, template and status', async () => {
  const app = fastify()
  await app.register(routemeter, {
    url: platform.url,
    key: platform.key,
    clientId: async (request: FastifyRequest) => clientOf(request.headers['x-client-id']),
    exclude: { paths: ['/healthz'] },
  })
  await app.register(serveApi)
  const sent = await drive(Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port))
  await app.close()
  expect(await platform.counts()).toEqual(sent)
})

test('wildcards, several parameters in a segment and escaped colons are written as templates', async () => {
  const calls: FinishedCall[] = []
  const app = fastify()
  await app.register(routemeter, {
    url: platform.url,
    key: platform.key,
    exclude: (call: FinishedCall) => calls.push(call) > 0,
  })
  app.get('/files/*', async () => 'file')
  app.get('/at/:hour-:minute', async () => 'time')
  app.get('/name::verb', async () => 'verb')
  app.get('/maybe/:id?', async () => 'maybe')
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  for (const path of ['/files/a/b', '/at/12-30', '/name:verb', '/maybe', '/scan.php']) {
    await (await fetch(`${address}${path}`)).text()
  }
  await app.close()
  expect(calls.map(({ template }) => template)).toEqual([
    '/files/*',
    '/at/{hour}-{minute}',
    '/name:verb',
    '/maybe/{id}',
    undefined,
  ])
})
