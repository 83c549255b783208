import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../test-app.ts'

describe('health', () => {
  test('/livez and /readyz are 200 while the server takes requests', async () => {
    await using open = await openTestApp()
    for (const url of ['/livez', '/readyz']) {
      const answer = await open.app.inject(url)
      expect([answer.statusCode, answer.body]).toEqual([200, '{"status":"ok"}'])
    }
  })

  test('/readyz is 503 with the reason once the server is stopping; /livez is not', async () => {
    await using open = await openTestApp({ isReady: () => false })
    const answer = await open.app.inject('/readyz')
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ code: 'service.unavailable', message: 'The server is stopping.' })
    expect(answer.headers['retry-after']).toBe('5')
    expect((await open.app.inject('/livez')).statusCode).toBe(200)
  })
})

describe('/metrics', () => {
  let open: TestApp
  beforeAll(async () => {
    open = await openTestApp({ settings: { trustProxy: true } })
  })
  afterAll(() => open[Symbol.asyncDispose]())

  test('counts requests by template and class of status, and names no tenant', async () => {
    const admin = await open.headersOf(['platform:admin'], 'Secretive Tenant Ltd')
    await open.app.inject({ url: '/v1/organizations/organization-of-somebody', headers: admin })
    await open.app.inject({ url: '/v1/organizations/another', headers: admin })
    await open.app.inject('/nowhere/secret-path')
    const answer = await open.app.inject('/metrics')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toMatch(/^text\/plain/)
    const count = (route: string) => `routemeter_http_requests_total{method="GET",route="${route}",status="4xx"}`
    expect(answer.body).toContain(`${count('/v1/organizations/:organizationId')} 2`)
    expect(answer.body).toContain(`${count('(none)')} 1`)
    expect(answer.body).toContain('process_resident_memory_bytes')
    expect(answer.body).not.toMatch(/somebody|another|secret|Secretive|organization-\d/)
  })

  test('needs platform:admin where the request does not come straight from this machine', async () => {
    const forwarded = [
      { 'x-forwarded-for': '127.0.0.1' },
      { forwarded: 'for=127.0.0.1' },
      { 'x-real-ip': '127.0.0.1' },
      { via: '1.1 proxy' },
    ]
    for (const headers of forwarded) {
      expect((await open.app.inject({ url: '/metrics', headers })).statusCode).toBe(401)
      const viewer = await open.headersOf(['oauth:client:view'])
      expect((await open.app.inject({ url: '/metrics', headers: { ...headers, ...viewer } })).statusCode).toBe(403)
      const admin = await open.headersOf(['platform:admin'])
      expect((await open.app.inject({ url: '/metrics', headers: { ...headers, ...admin } })).statusCode).toBe(200)
    }
    expect((await open.app.inject({ url: '/metrics', remoteAddress: '192.0.2.1' })).statusCode).toBe(401)
    expect((await open.app.inject({ url: '/metrics', remoteAddress: '::1' })).statusCode).toBe(200)
  })

  test('goes by the real connection', async () => {
    await open.app.listen({ host: '127.0.0.1', port: 0 })
    expect(await statusOf(open.app, {})).toBe(200)
    expect(await statusOf(open.app, { 'x-forwarded-for': '127.0.0.1' })).toBe(401)
  })
})

async function statusOf(app: FastifyInstance, headers: Record<string, string>): Promise<number | undefined> {
  const { port } = app.server.address() as AddressInfo
  const asked = request({ host: '127.0.0.1', port, path: '/metrics', headers, agent: false }).end()
  const [answer] = await once(asked, 'response')
  answer.resume()
  return answer.statusCode
}
