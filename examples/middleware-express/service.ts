import type { AddressInfo } from 'node:net'
import { routemeter } from '@routemeter/middleware/express'
import express, { type Request } from 'express'

// ROUTEMETER_URL=http://127.0.0.1:8787 ROUTEMETER_INGEST_KEY=rmk_… node service.ts
const meter = routemeter({
  clientId: (request: Request) => request.get('x-client-id'),
  userId: (request: Request) => request.get('x-user-id'),
  exclude: { paths: ['/healthz'], methods: ['OPTIONS'] },
})

const users = express.Router({ mergeParams: true })
users.get('/:id', (request, response) => {
  response.json(request.params)
})

const app = express()
// First, so that it sees every call and how it ended.
app.use(meter)
app.get('/healthz', (_request, response) => {
  response.send('well')
})
app.use('/orgs/:org/users', users)

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

process.once('SIGTERM', () => {
  // The last calls finish, then the rest is sent.
  server.close(() => void meter.close())
  server.closeIdleConnections()
})
