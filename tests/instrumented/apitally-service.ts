import { setConsumer, useApitally } from 'apitally/express'
import express from 'express'
import { serve, usersApi } from './users-api.ts'

// A service with Apitally's own middleware, whose hub is set by APITALLY_HUB_BASE_URL.

const app = usersApi(express, (app) => {
  useApitally(app, {
    clientId: process.env.APITALLY_CLIENT_ID ?? '',
    env: 'prod',
    requestLogging: { enabled: true, logRequestHeaders: true },
  })
  app.use((request, _response, next) => {
    const client = request.get('x-client-id')
    if (client !== undefined) setConsumer(request, client)
    next()
  })
})

// Express never tells its middleware that it ends, and a sync is due every ten seconds only.
const { href } = new URL('../common/client.js', import.meta.resolve('apitally/express'))
const { ApitallyClient } = (await import(href)) as { ApitallyClient: { shutdown(): Promise<void> } }
serve(app, () => ApitallyClient.shutdown())
