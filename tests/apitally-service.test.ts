import { afterAll, beforeAll, expect, test } from 'vitest'
import { countedBy, countsOf, DRIVEN, drive, startService } from './instrumented/driver.ts'
import { type RunningServer, startRoutemeter } from './running-server.ts'

// An API with Apitally's own middleware, whose hub is Routemeter, and real requests of several clients.

let server: RunningServer
beforeAll(async () => {
  server = await startRoutemeter()
})
afterAll(() => server[Symbol.asyncDispose]())

/** On Express 5 Apitally leaves out what met no route, loses where a router is mounted, and with that a router's root. */
const TOLD = DRIVEN.filter(({ templateUri }) => !['(unmatched)', 'api/v2/users'].includes(templateUri)).map((call) => ({
  ...call,
  templateUri: call.templateUri.replace('api/v2/users/', ''),
}))

test('every call that Apitally’s middleware tells of is counted once', async () => {
  const made = await fetch(`${server.url}/v1/ingest-keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await server.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Apitally', kind: 'apitally' }),
  })
  expect(made.status).toBe(201)
  const { key } = (await made.json()) as { key: string }
  const service = await startService('apitally-service.ts', {
    APITALLY_HUB_BASE_URL: `${server.url}/v1/sources/apitally`,
    APITALLY_CLIENT_ID: key,
  })
  await drive(service.url, DRIVEN)
  await service.stop()
  expect(await countedBy(server)).toEqual(countsOf(TOLD))
})
