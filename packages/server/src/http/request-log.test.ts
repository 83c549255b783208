import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from './test-app.ts'

const INFO = 30
const DEBUG = 20

let open: TestApp
beforeAll(async () => {
  open = await openTestApp()
})
afterAll(() => open[Symbol.asyncDispose]())

async function linesOf(request: InjectOptions | string): Promise<readonly Record<string, unknown>[]> {
  const answer = await open.app.inject(request)
  const id = answer.headers['inin-correlation-id']
  return open.lines.filter((line) => line.correlationId === id)
}

test('a request is one line, with its operation, its outcome and who asked', async () => {
  const headers = await open.headersOf(['platform:admin'])
  const { OAuthClient, organization } = (await open.app.inject({ url: '/api/v2/tokens/me', headers })).json()
  const lines = await linesOf({ url: '/v1/organizations/some-organization?token=hush', headers })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({
    level: INFO,
    msg: 'answered',
    method: 'GET',
    route: '/v1/organizations/:organizationId',
    status: 404,
    refused: 'not.found',
    organization: organization.id,
    caller: OAuthClient.name,
  })
  expect(lines[0]?.ms).toBeGreaterThanOrEqual(0)
  expect(JSON.stringify(lines)).not.toMatch(/some-organization|hush|token-/)
})

test('a request that finds no operation is one line too, without what was asked for', async () => {
  for (const url of ['/no/such/secret', '/%zz/secret']) {
    const lines = await linesOf({
      url,
      headers: { authorization: 'Bearer secret', cookie: 'routemeter_session=secret' },
    })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level: INFO, route: '(none)' })
    expect(JSON.stringify(lines)).not.toContain('secret')
  }
})

test('what machines ask every few seconds is a line for those who look closely', async () => {
  expect(await linesOf('/livez')).toMatchObject([{ level: DEBUG, route: '/livez', status: 200 }])
})
