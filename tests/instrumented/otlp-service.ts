import { createRequire } from 'node:module'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { serve, usersApi } from './users-api.ts'

// A service that OpenTelemetry's own packages instrument. Where its spans go is set by OTEL_EXPORTER_OTLP_*, as people
// set it; which of the two exporters takes them there by OTEL_EXPORTER_OTLP_PROTOCOL, which only sdk-node reads itself.

const isProtobuf = process.env.OTEL_EXPORTER_OTLP_PROTOCOL === 'http/protobuf'
const exporter = isProtobuf ? new ProtobufExporter() : new JsonExporter()
const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] })
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(provider)
registerInstrumentations({
  instrumentations: [
    new HttpInstrumentation({ headersToSpanAttributes: { server: { requestHeaders: ['x-client-id'] } } }),
    new ExpressInstrumentation(),
  ],
})

// Instrumentation sees what is required after it.
const require = createRequire(import.meta.url)
const http: typeof import('node:http') = require('node:http')
const app = usersApi(require('express'), (app) => {
  // Makes a CLIENT span, which is nobody's call of this API.
  app.get('/calls-another', (request, response) => {
    const port = request.socket.localPort
    http.get(`http://127.0.0.1:${port}/limited`, (answer) => answer.resume().on('end', () => response.sendStatus(502)))
  })
})
serve(app, () => provider.shutdown())
