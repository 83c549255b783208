import type { Express, Router } from 'express'

/** A small API of Express, for whoever has it instrumented: with a mounted router, a limit, and a call of another one. */
export function usersApi(express: { (): Express; Router(): Router }, addBefore: (app: Express) => void): Express {
  const app = express()
  addBefore(app)
  const users = express.Router()
  users.get('/:userId', (_request, response) => void response.json({ id: 1 }))
  users.post('/', (_request, response) => void response.status(201).json({ id: 2 }))
  app.use('/api/v2/users', users)
  app.get('/limited', (_request, response) => void response.status(429).set('retry-after', '1').end())
  return app
}

/** Tells the test where the API listens, and ends it, after what is left to be sent, when the test says so. */
export function serve(app: Express, sendRest: () => Promise<void>): void {
  const server = app.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 })
  })
  process.on('message', async () => {
    await sendRest()
    server.closeAllConnections()
    server.close(() => process.exit())
  })
}
