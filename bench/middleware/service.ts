import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express, { type Express, type Request, type RequestHandler } from 'express'
import { routemeter } from '../../packages/middleware/src/express.ts'

// `node service.ts WAY SINK [NODE_MODULES]`: an Express service, metered by one of the ways. Its port goes to standard
// output; `/cpu` answers with the processor time that it has used.
const [, , way = '', sink = '', modules = ''] = process.argv
const peer = (name: string) => createRequire(join(modules, 'here.js'))(name)

const WAYS: Readonly<Record<string, (app: Express) => void>> = {
  none: () => {},
  routemeter: (app) => {
    app.use(routemeter({ url: sink, key: 'rmk_bench', clientId: (request: Request) => request.get('x-client-id') }))
  },
  'routemeter-spool': (app) => {
    const spool = { directory: modules }
    app.use(
      routemeter({ url: sink, key: 'rmk_bench', clientId: (request: Request) => request.get('x-client-id'), spool }),
    )
  },
  prometheus: (app) => {
    app.use(peer('express-prom-bundle')({ includePath: true, includeMethod: true, includeStatusCode: true }))
  },
  apitally: (app) => {
    const { setConsumer, useApitally } = peer('apitally/express')
    useApitally(app, { clientId: '7f2a3a3e-5d0c-4f0d-9f3a-0a2f5c1d8e11', env: 'bench' })
    const tell: RequestHandler = (request, _response, next) => {
      setConsumer(request, request.get('x-client-id') ?? '')
      next()
    }
    app.use(tell)
  },
}

const app = express()
WAYS[way]?.(app)
const users = express.Router({ mergeParams: true })
users.get('/:id', (request, response) => {
  const { org, id } = request.params as { org?: string; id?: string }
  response.json({ id, org, name: 'Ada Lovelace', email: 'ada@example.com', roles: ['reader', 'editor'], active: true })
})
app.use('/orgs/:org/users', users)

const service: RequestListener = (request, response) => {
  if (request.url !== '/cpu') return app(request, response)
  const { user, system } = process.cpuUsage()
  response.end(String(user + system))
}
const server = createServer(service).listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port)
})
