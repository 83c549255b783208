import { afterAll, beforeAll, expect, test } from 'vitest'
import { declaredRoutes } from './routes.ts'
import { openTestApp, type TestApp } from './test-app.ts'

let open: TestApp
beforeAll(async () => {
  open = await openTestApp({ settings: { rateLimitPerMinute: 0 } })
})
afterAll(() => open[Symbol.asyncDispose]())

/** Every operation that asks for credentials: its method, a path to it, and whether it sends events. */
function closedOperations() {
  return declaredRoutes(open.app).flatMap(({ method, url, config }) => {
    const access = config?.access
    if (access === undefined || 'public' in access || 'keyInPath' in access) return []
    const path = url.replace(/:\w+|\*/g, '3f2504e0-4f89-41d3-9a0c-0305e82c3301')
    return [method].flat().map((one) => ({ method: one as 'GET', url: path, sendsEvents: 'sendsEvents' in access }))
  })
}

test('an ingest key sends events and can do nothing else: every other operation is 403', async () => {
  const headers = { authorization: `Bearer ${await open.ingestKey()}` }
  const operations = closedOperations()
  expect(operations.filter(({ sendsEvents }) => sendsEvents)).not.toEqual([])
  expect(operations.filter(({ method }) => method === 'GET').length).toBeGreaterThan(4)
  for (const { sendsEvents, ...request } of operations) {
    const answer = await open.app.inject({ ...request, headers })
    if (sendsEvents) expect([401, 403, 500], `${request.method} ${request.url}`).not.toContain(answer.statusCode)
    else expect(answer.statusCode, `${request.method} ${request.url}`).toBe(403)
    if (!sendsEvents && request.method !== ('HEAD' as string)) expect(answer.json().code).toBe('not.authorized')
  }
})

test('an ingest key is no credential for /metrics from elsewhere', async () => {
  const headers = { 'x-api-key': await open.ingestKey(), 'x-forwarded-for': '10.0.0.1' }
  expect((await open.app.inject({ url: '/metrics', headers })).statusCode).toBe(403)
})

test('without credentials every operation that asks for some is 401, whatever its path and body', async () => {
  for (const { sendsEvents: _, ...request } of closedOperations()) {
    const payload = request.method === 'GET' ? undefined : '{'
    const answer = await open.app.inject({ ...request, payload, headers: { 'content-type': 'application/json' } })
    expect(answer.statusCode, `${request.method} ${request.url}`).toBe(401)
  }
})
