import { createRequire } from 'node:module'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

// A service that OpenTelemetry's own packages instrument. Its exporter is set by OTEL_EXPORTER_OTLP_* alone, as people
// set it; OTLP_PROTOCOL says which of the two packages is used.

const exporter = process.env.OTLP_PROTOCOL === 'http/protobuf' ? new ProtobufExporter() : new JsonExporter()
const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] })
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(provider)
registerInstrumentations({
  instrumentations: [
    new HttpInstrumentation({
      headersToSpanAttributes: { server: { requestHeaders: ['x-client-id'] } },
    }),
    new ExpressInstrumentation(),
  ],
})

// Instrumentation sees what is required after it.
const require = createRequire(import.meta.url)
const express: typeof import('express') = require('express')

const app = express()
const users = express.Router()
users.get('/:userId', (_request, response) => void response.json({ id: 1 }))
users.post('/', (_request, response) => void response.status(201).json({ id: 2 }))
app.use('/api/v2/users', users)
app.get('/limited', (_request, response) => void response.status(429).set('retry-after', '1').end())
app.get('/calls-another', async (_request, response) => {
  // A CLIENT span, and nobody's call to this service's route.
  await fetch(`http://127.0.0.1:${port}/limited`)
  response.status(502).end()
})
let port = 0
const server = app.listen(0, '127.0.0.1', () => {
  port = portOf()
  process.send?.({ port })
})

process.on('message', async (message) => {
  if (message !== 'stop') return
  await provider.shutdown()
  server.closeAllConnections()
  server.close(() => process.disconnect())
})

function portOf(): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
