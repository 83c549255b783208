import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from './test-app.ts'

const ORGANIZATIONS = '/v1/organizations'

let open: TestApp
beforeAll(async () => {
  open = await openTestApp({ settings: { publicUrl: 'https://usage.example.com/rm' } })
})
afterAll(() => open[Symbol.asyncDispose]())

const get = (url: string, headers: Record<string, string>) => open.app.inject({ url, headers })

describe('an operation', () => {
  test('without credentials is 401 and says how to get some', async () => {
    const answer = await get(ORGANIZATIONS, {})
    expect(answer.statusCode).toBe(401)
    expect(answer.json()).toMatchObject({ code: 'authentication.required', status: 401 })
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  test.each(['Bearer nonsense', 'Bearer ', 'Bearer', 'Basic Og==', 'Digest x', 'Bearer rmk_x'])(
    'with the credentials [%s] is 401 bad.credentials',
    async (authorization) => {
      const answer = await get(ORGANIZATIONS, { authorization })
      expect(answer.statusCode).toBe(401)
      expect(answer.json().code).toBe('bad.credentials')
    },
  )

  test('without any of its permissions is 403 and names them', async () => {
    const asker = await open.headersOf(['usage:client:view', 'usage:event:add'])
    const answer = await open.app.inject({
      method: 'POST',
      url: '/api/v2/usage/query',
      headers: { ...asker, 'content-type': 'text/csv' },
      payload: 'never read',
    })
    expect(answer.statusCode).toBe(403)
    expect(answer.json().code).toBe('missing.any.permissions')
    expect(answer.json().message).toContain('[oauth:client:view, usage:organization:view]')
  })

  test('refuses who may not before it reads what they sent', async () => {
    const answer = await open.app.inject({
      method: 'POST',
      url: ORGANIZATIONS,
      payload: '{"name":',
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.statusCode).toBe(401)
  })

  test('that asks for no permission is open to every client', async () => {
    expect((await get('/api/v2/tokens/me', await open.headersOf([]))).statusCode).toBe(200)
  })

  test('that takes events takes none of a person or a client who may not send them', async () => {
    const own = { host: 'usage.example.com', origin: 'https://usage.example.com' }
    for (const headers of [{ ...(await open.sessionOf([])), ...own }, await open.headersOf([])]) {
      const answer = await open.app.inject({ method: 'POST', url: '/v1/events', headers, payload: [] })
      expect(answer.statusCode).toBe(403)
      expect(answer.json().message).toContain('[usage:event:add]')
    }
  })

  test.each(['authorization', 'x-api-key', 'basic'])('that reads is 403 for an ingest key (%s)', async (way) => {
    const key = await open.ingestKey()
    const headers: Record<string, string> =
      way === 'authorization'
        ? { authorization: `Bearer ${key}` }
        : way === 'basic'
          ? { authorization: `Basic ${Buffer.from(`any:${key}`).toString('base64')}` }
          : { 'x-api-key': key }
    for (const url of [ORGANIZATIONS, '/api/v2/tokens/me']) {
      const answer = await get(url, headers)
      expect(answer.statusCode).toBe(403)
      expect(answer.json().code).toBe('not.authorized')
    }
  })

  test('never reads a token from the URL', async () => {
    const { authorization } = await open.headersOf(['platform:admin'])
    const token = authorization.replace('Bearer ', '')
    for (const name of ['access_token', 'token', 'authorization', 'apiKey']) {
      expect((await get(`${ORGANIZATIONS}?${name}=${token}`, {})).statusCode).toBe(401)
    }
  })
})

describe('a browser’s session', () => {
  const remove = async (headers: Record<string, string>) => {
    const { cookie } = await open.sessionOf(['oauth:client:delete'])
    return open.app.inject({ method: 'DELETE', url: '/v1/ingest-keys/none', headers: { cookie, ...headers } })
  }

  test('reads without an Origin', async () => {
    const { cookie } = await open.sessionOf([])
    expect((await get('/api/v2/tokens/me', { cookie })).statusCode).toBe(200)
  })

  test.each([
    ['the page itself', { host: 'localhost:8787', origin: 'http://localhost:8787' }],
    ['the public URL’s page, whatever the proxy makes of Host', { host: 'inner', origin: 'https://usage.example.com' }],
  ])('changes things from %s', async (_, headers) => {
    expect((await remove(headers)).statusCode).toBe(404)
  })

  test.each<[string, Record<string, string>]>([
    ['another site', { host: 'localhost:8787', origin: 'https://evil.example' }],
    ['another port', { host: 'localhost:8787', origin: 'http://localhost:9999' }],
    ['a page without an origin', { host: 'localhost:8787', origin: 'null' }],
    ['nobody knows where', { host: 'localhost:8787' }],
  ])('changes nothing from %s', async (_, headers) => {
    const answer = await remove(headers)
    expect(answer.statusCode).toBe(403)
    expect(answer.json().code).toBe('not.authorized')
  })

  test('gives way to a token in the same request', async () => {
    const { cookie } = await open.sessionOf(['platform:admin'])
    expect((await get(ORGANIZATIONS, { cookie, ...(await open.headersOf([])) })).statusCode).toBe(403)
    expect((await get(ORGANIZATIONS, { cookie, authorization: 'Bearer none' })).statusCode).toBe(401)
  })

  test('is not an access token, nor the other way round', async () => {
    const session = (await open.sessionOf([])).cookie.replace('routemeter_session=', '')
    const token = (await open.headersOf([])).authorization.replace('Bearer ', '')
    expect((await get('/api/v2/tokens/me', { authorization: `Bearer ${session}` })).statusCode).toBe(401)
    expect((await get('/api/v2/tokens/me', { cookie: `routemeter_session=${token}` })).statusCode).toBe(401)
  })
})
