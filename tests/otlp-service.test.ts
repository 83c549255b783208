import { afterAll, beforeAll, expect, test } from 'vitest'
import { countedBy, countsOf, DRIVEN, type DrivenCall, drive, startService } from './instrumented/driver.ts'
import { type RunningServer, startRoutemeter } from './running-server.ts'

// An API that OpenTelemetry's own packages instrument, as people set them up, and real requests of several clients.

let server: RunningServer
beforeAll(async () => {
  server = await startRoutemeter()
})
afterAll(() => server[Symbol.asyncDispose]())

/** It calls itself: the SERVER span of the inner call counts, the CLIENT span does not. */
const NESTED: readonly DrivenCall[] = [
  { client: 'billing', method: 'GET', path: '/calls-another', templateUri: 'calls-another', status: 502 },
]
const INNER: DrivenCall = { client: undefined, method: 'GET', path: '/limited', templateUri: 'limited', status: 429 }

test('every call of an instrumented API is counted once, in JSON and in protobuf, as it was made', async () => {
  const all: DrivenCall[] = []
  for (const protocol of ['http/json', 'http/protobuf']) {
    const service = await startService('otlp-service.ts', {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${await server.token()}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_COMPRESSION: protocol === 'http/json' ? 'gzip' : 'none',
    })
    await drive(service.url, [...DRIVEN, ...NESTED])
    await service.stop()
    all.push(...DRIVEN, ...NESTED, INNER)
    expect(await countedBy(server)).toEqual(countsOf(all))
  }
})
