import { once } from 'node:events'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import express5, { type Express, type NextFunction, type Request, type Response, type Router } from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientOf, drive } from '../../../tests/middleware/driver.ts'
import { openRoutemeter, type TestRoutemeter } from '../../../tests/middleware/routemeter.ts'
import { type ExpressMeter, type FinishedCall, routemeter } from './express.ts'

type ExpressModule = typeof express5
// It comes without types; what is used of it is as in version 5.
const express4: ExpressModule = createRequire(import.meta.url)('express-4')

/** The API of tests/middleware/driver.ts: routers in routers, and one application in another. */
function serveApi(express: ExpressModule, meter: ExpressMeter): Express {
  const app = express()
  app.use(meter)
  const users = express.Router({ mergeParams: true })
  users.get('/:id', (request, response) => response.json(request.params))
  users.post('/', (_request, response) => response.status(201).end())
  const limited = express.Router()
  limited.use((_request, response) => response.status(429).send('slow down'))
  limited.get('/:id', (_request, response) => response.end())
  const org = express.Router()
  org.use('/users', users)
  org.use('/limited', limited)
  org.get('/missing/:id', (_request, response) => response.status(404).end())
  org.get('/broken', () => {
    throw new Error('as the test wants it')
  })
  app.use('/orgs/:org', org)
  const inner = express()
  inner.delete('/:thing', (_request, response) => response.status(204).end())
  app.use('/v1/things', inner)
  app.get('/slow', () => {})
  app.get('/moved', (_request, response) => response.redirect('/elsewhere'))
  app.get('/healthz', (_request, response) => response.end())
  app.get('/stream', async (_request, response) => {
    response.write('first ')
    await setImmediate()
    response.end('last')
  })
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => response.status(500).end())
  return app
}

async function listening(app: Express): Promise<{ server: Server; port: number }> {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

let platform: TestRoutemeter

beforeAll(async () => {
  platform = await openRoutemeter()
})
afterAll(() => platform[Symbol.asyncDispose]())

test.each([
  ['5', express5],
  ['4', express4],
])('Routemeter counts what Express %s was sent, by client, template and status', async (version, express) => {
  const meter = routemeter({
    url: platform.url,
    key: platform.key,
    clientId: (request: Request) => `${version}:${clientOf(request.headers['x-client-id'])}`,
    exclude: { paths: ['/healthz'] },
  })
  const { server, port } = await listening(serveApi(express, meter))
  const sent = await drive(port)
  server.close()
  await once(server, 'close')
  await meter.close()
  const counted = Object.entries(await platform.counts()).filter(([name]) => name.startsWith(`${version}:`))
  expect(Object.fromEntries(counted.map(([name, counts]) => [name.slice(2), counts]))).toEqual(sent)
})

describe.each([
  ['5', express5],
  ['4', express4],
])('in Express %s the template', (version, express) => {
  /** The templates of what a driver calls, one after the other. */
  async function templatesOf(mount: (app: Express, Router: () => Router) => void, paths: readonly string[]) {
    const calls: FinishedCall[] = []
    const exclude = (call: FinishedCall) => calls.push(call) > 0
    await using meter = routemeter({ url: platform.url, key: platform.key, exclude })
    const app = express()
    app.use(meter)
    mount(app, () => express.Router())
    app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => response.status(500).end())
    const { server, port } = await listening(app)
    for (const path of paths) await (await fetch(`http://127.0.0.1:${port}${path}`)).text()
    server.close()
    await once(server, 'close')
    return calls.map(({ template, path }) => template ?? `path ${path}`)
  }
  const answer = (_request: Request, response: Response) => {
    response.end()
  }

  test('of a router that is mounted twice follows the mount', async () => {
    const mount = (app: Express, Router: () => Router) => {
      const router = Router().get('/:id', answer)
      app.use('/a/:tenant', router)
      app.use(['/b', '/c/:kind/d'], router)
    }
    const paths = ['/a/1/2', '/b/2', '/c/3/d/4', '/a/5/6', '/c/3/d/4/5']
    expect(await templatesOf(mount, paths)).toEqual([
      '/a/{tenant}/{id}',
      '/b/{id}',
      '/c/{kind}/d/{id}',
      '/a/{tenant}/{id}',
      'path /c/3/d/4/5',
    ])
  })

  test('of an application in a router in an application is whole, after an error too', async () => {
    const mount = (app: Express, Router: () => Router) => {
      const inner = express()
      inner.get('/x/:y', answer)
      inner.get('/fails/:why', () => {
        throw new Error('as the test wants it')
      })
      const between = express()
      between.use('/inner/:i', inner)
      app.use('/outer/:o', Router().use('/between', between), between)
    }
    const paths = ['/outer/1/inner/2/fails/3', '/outer/1/inner/2/x/3', '/outer/1/between/inner/2/x/3']
    expect(await templatesOf(mount, paths)).toEqual([
      '/outer/{o}/inner/{i}/fails/{why}',
      '/outer/{o}/inner/{i}/x/{y}',
      '/outer/{o}/between/inner/{i}/x/{y}',
    ])
  })

  test('is none for a page for what is not found, and the catch-all’s where that answers', async () => {
    const everything = version === '5' ? '/{*path}' : '*'
    const notFound = (app: Express) => {
      app.all(everything, (_request, _response, next) => next())
      app.get('/known', answer)
      app.get(everything, (request, response) => response.status(request.path === '/app' ? 200 : 404).end())
    }
    expect(await templatesOf(notFound, ['/scan.php', '/known', '/app'])).toEqual([
      'path /scan.php',
      '/known',
      version === '5' ? '/{path}' : '*',
    ])
  })

  test('of a call with a broken escape, or of a RegExp route, is left to Routemeter', async () => {
    const mount = (app: Express) => {
      app.get('/users/:id', answer)
      app.get(/^\/ab+c$/, answer)
    }
    expect(await templatesOf(mount, ['/users/%zz', '/abbc', '/users/7'])).toEqual([
      'path /users/%zz',
      'path /abbc',
      '/users/{id}',
    ])
  })
})
