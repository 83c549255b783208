import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../store/usage-store.ts'
import { openTestApp, type TestApp } from './test-app.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const ERROR_KEYS = ['message', 'code', 'status', 'messageWithParams', 'messageParams', 'contextId', 'details', 'errors']
const QUERY = '/api/v2/usage/query'

let open: TestApp
let asker: { authorization: string }
beforeAll(async () => {
  open = await openTestApp({ settings: { rateLimitPerMinute: 0, maxBodyBytes: 40_000 } })
  asker = await open.headersOf(['usage:organization:view'])
})
afterAll(() => open[Symbol.asyncDispose]())

const post = (payload: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  open.app.inject({ method: 'POST', url: QUERY, payload, headers: { ...asker, ...headers } })

/** Holds for every error but OAuth's. */
function expectErrorBody(answer: Awaited<ReturnType<typeof post>>, status: number, code: string): string {
  expect(answer.statusCode, answer.body).toBe(status)
  expect(answer.headers['content-type']).toBe('application/json')
  const body = answer.json()
  expect(Object.keys(body)).toEqual(ERROR_KEYS)
  expect(body).toMatchObject({ code, status, errors: [] })
  expect(body.contextId).toMatch(UUID)
  expect(answer.headers['inin-correlation-id']).toBe(body.contextId)
  return body.message
}

describe('an answer', () => {
  test('is never kept by anybody and says what it is', async () => {
    const answer = await open.app.inject('/livez')
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-cache, no-store, must-revalidate',
      pragma: 'no-cache',
      expires: '0',
      'x-content-type-options': 'nosniff',
      'content-type': 'application/json',
    })
    expect(answer.headers['inin-correlation-id']).toMatch(UUID)
    expect(answer.body).toBe('{"status":"ok"}')
  })

  test('has a correlation id of its own, whatever the caller’s is', async () => {
    const theirs = '4c9c2d6e-7a0e-4a53-9b70-2f7d6c0d6d11'
    const answers = await Promise.all(
      [theirs, 'x\ny'.replace('\n', ' ')].map((id) =>
        open.app.inject({ url: '/livez', headers: { 'inin-correlation-id': id } }),
      ),
    )
    const ids = answers.map((answer) => answer.headers['inin-correlation-id'])
    expect(new Set([...ids, theirs]).size).toBe(3)
    expect(open.lines.find((line) => line.correlationId === ids[0])).toMatchObject({ callersCorrelationId: theirs })
    expect(open.lines.find((line) => line.correlationId === ids[1])).not.toHaveProperty('callersCorrelationId')
  })
})

describe('an error', () => {
  test.each([
    ['GET', '/nowhere'],
    ['POST', '/api/v2/usage'],
    ['GET', '/api/v2/users/you?token=abc'],
    ['HEAD', '/v1'],
    ['PROPFIND', '/nowhere'],
  ] as const)('of an unknown path is 404 without credentials: %s %s', async (method, url) => {
    const answer = await open.app.inject({ method: method as 'GET', url, payload: method === 'POST' ? '{' : undefined })
    if (method !== 'HEAD') expectErrorBody(answer, 404, 'not.found')
    expect(answer.statusCode).toBe(404)
  })

  test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'HEAD'] as const)(
    'of another method of a known path is 405 and names the ones there are: %s',
    async (method) => {
      const answer = await open.app.inject({ method: method as 'GET', url: QUERY })
      expect(answer.statusCode).toBe(405)
      expect(answer.headers.allow).toBe('OPTIONS, POST')
      if (method !== 'HEAD') expect(expectErrorBody(answer, 405, 'method.not.allowed')).toContain('POST')
    },
  )

  test('of a method on a path with ids is 405 too, before the body is read', async () => {
    const url = `${QUERY}/0e9a9d2f-7a3c-4a7e-8f62-1f1f5f0f0f0f/results`
    const answer = await open.app.inject({ method: 'POST', url, payload: '{', headers: { 'content-type': 'text/csv' } })
    expectErrorBody(answer, 405, 'method.not.allowed')
    expect(answer.headers.allow).toBe('GET, HEAD, OPTIONS')
  })

  test('OPTIONS is no error and says what is allowed', async () => {
    const answer = await open.app.inject({ method: 'OPTIONS', url: QUERY })
    expect(answer.statusCode).toBe(204)
    expect(answer.headers.allow).toBe('OPTIONS, POST')
    expect(answer.body).toBe('')
  })

  test.each(['{"interval":', '{"interval":"2020"}}', "{'interval':1}", 'interval', '\u0000', '{"a":"\u0001"}'])(
    'of a body that is not JSON says where: %j',
    async (payload) => {
      expect(expectErrorBody(await post(payload), 400, 'bad.request')).toMatch(/not JSON: .*(position|".*"|end)/)
    },
  )

  test('of a body that is not UTF-8 says so', async () => {
    const payload = Buffer.from([0x22, 0xc3, 0x28, 0x22])
    const headers = { ...asker, 'content-type': 'application/json' }
    const answer = await open.app.inject({ method: 'POST', url: QUERY, payload, headers })
    expect(expectErrorBody(answer, 400, 'bad.request')).toContain('UTF-8')
  })

  test.each([
    ['a field that would reach a prototype', '{"interval":"2020","a":{"__proto__":{"x":1}}}', '__proto__'],
    ['lists 70 deep', `{"a":${'['.repeat(70)}${']'.repeat(70)}}`, 'deeper'],
    ['objects 70 deep', `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`, 'deeper'],
    ['a list of 10,001 values', `{"a":[${'0,'.repeat(10_000)}0]}`, '10001 values; the most is 10000'],
    ['NUL in a text', '{"interval":"2020\\u0000"}', '[2020\\u0000]'],
    ['NUL in a name', '{"a\\u0000":1}', '[a\\u0000]'],
    ['half a surrogate pair', '{"interval":"\\ud83d"}', '[\ufffd]'],
    ['a number too large', '{"interval":1e999}', '[Infinity]'],
  ])('of a body with %s is 400', async (_, payload, word) => {
    expect(expectErrorBody(await post(payload), 400, 'bad.request')).toContain(word)
  })

  test('of a compressed body where none is read says so', async () => {
    const answer = await post('x', { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    expect(expectErrorBody(answer, 415, 'unsupported.media.type')).toContain('[gzip]')
  })

  test('of a body over the limit names the limit', async () => {
    const answer = await post(`{"interval":"${'x'.repeat(40_000)}"}`)
    expect(expectErrorBody(answer, 413, 'request.entity.too.large')).toContain('40000 bytes')
  })

  test.each([
    'text/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'rubbish',
    'text/plain',
  ])('of a body in %s names what came and what is allowed', async (contentType) => {
    const message = expectErrorBody(await post('a=1', { 'content-type': contentType }), 415, 'unsupported.media.type')
    expect(message).toContain(contentType)
    expect(message).toContain('application/json')
  })

  test('of more query parameters than anybody needs says how many there may be', async () => {
    const url = (count: number) => `/livez?${Array.from({ length: count }, (_, index) => `p${index}=1`).join('&')}`
    expect((await open.app.inject(url(100))).statusCode).toBe(200)
    const answer = await open.app.inject(url(101))
    expect(expectErrorBody(answer, 400, 'invalid.query.param.value')).toContain('100 query parameters')
  })

  test.each(['/%', '/api/v2/%E0%A4%A', '/v1/organizations/%zz', '/%ff'])(
    'of garbage in a path is 400: %s',
    async (url) => {
      expectErrorBody(await open.app.inject(url), 400, 'bad.request')
    },
  )

  test('of a path longer than any id is 404', async () => {
    const answer = await open.app.inject(`/api/v2/usage/query/${'x'.repeat(5000)}/results`)
    expectErrorBody(answer, 404, 'not.found')
  })

  test('of NUL in an id is that there is no such thing', async () => {
    const admin = await open.headersOf(['platform:admin'])
    const answer = await open.app.inject({ url: '/v1/organizations/a%00b', headers: admin })
    expectErrorBody(answer, 404, 'not.found')
  })

  test('under /oauth has OAuth’s own form', async () => {
    for (const [method, url, status] of [
      ['GET', '/oauth/nowhere', 404],
      ['GET', '/oauth/token', 405],
      ['PUT', '/oauth/token?x=1', 405],
    ] as const) {
      const answer = await open.app.inject({ method, url })
      expect(answer.statusCode).toBe(status)
      const body = answer.json()
      expect(Object.keys(body)).toEqual(['error', 'error_description', 'description'])
      expect(body).toMatchObject({ error: 'invalid_request', description: body.error_description })
      expect(answer.headers['inin-correlation-id']).toMatch(UUID)
    }
  })
})

describe('a body as official clients send it', () => {
  test.each(['', 'null', '[]', '""', '{}', '{"interval":""}', '{"interval":null}', ' \n'])(
    'of nothing is read as not given: %j',
    async (payload) => {
      expect(expectErrorBody(await post(payload), 400, 'bad.request')).toBe('The field [interval] is required.')
    },
  )

  test.each<Record<string, string>>([
    {},
    { 'content-type': 'application/json; charset=utf-8' },
    { 'content-type': 'APPLICATION/JSON;charset="UTF-8"' },
  ])('with the headers %j is JSON', async (headers) => {
    const answer = await post('\ufeff{"interval":5}', headers)
    expect(expectErrorBody(answer, 400, 'bad.request')).toBe('The field [interval] must be a string, not [5].')
  })

  test('of GET and DELETE is not read', async () => {
    const headers = { ...asker, 'content-type': 'application/json' }
    const answer = await open.app.inject({ method: 'GET', url: '/api/v2/tokens/me', headers })
    expect(answer.statusCode).toBe(200)
  })
})

describe('a fault of ours', () => {
  test('is a 500 that says nothing, and is logged with the correlation id and the stack', async () => {
    const failure = new Error('SELECT secret FROM /data/metadata.sqlite')
    await using open = await openTestApp({ describe: () => Promise.reject(failure) })
    const headers = await open.sessionOf([])
    const answer = await open.app.inject({ url: '/', headers })
    expectErrorBody(answer, 500, 'internal.server.error')
    expect(answer.body).not.toMatch(/SELECT|sqlite|stack|at /)
    const line = open.lines.find(({ level }) => level === 50)
    expect(line).toMatchObject({ correlationId: answer.json().contextId })
    expect(JSON.stringify(line)).toMatch(/SELECT secret.*app\.test\.ts/)
  })

  test('of a store that takes nothing for a while is a 503 that says when to come back', async () => {
    await using open = await openTestApp({ describe: () => Promise.reject(new StoreUnavailable('disk full: /data')) })
    const answer = await open.app.inject({ url: '/', headers: await open.sessionOf([]) })
    expect(expectErrorBody(answer, 503, 'service.unavailable')).not.toContain('/data')
    expect(answer.headers['retry-after']).toBe('5')
  })
})

describe('pages of other origins', () => {
  const preflight = (open: TestApp, origin: string) =>
    open.app.inject({
      method: 'OPTIONS',
      url: QUERY,
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    })

  test('may read nothing unless they are listed', async () => {
    const answer = await preflight(open, 'https://example.com')
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test('that are listed may call with a token, never with a cookie', async () => {
    await using open = await openTestApp({ settings: { corsOrigins: ['https://example.com'] } })
    const answer = await preflight(open, 'https://example.com')
    expect(answer.statusCode).toBe(204)
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': 'https://example.com', vary: 'Origin' })
    expect(answer.headers['access-control-allow-headers']).toContain('Authorization')
    expect(answer.headers['access-control-allow-methods']).toContain('POST')
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
    const refused = await open.app.inject({ url: '/nowhere', headers: { origin: 'https://example.com' } })
    expect(refused.headers['access-control-allow-origin']).toBe('https://example.com')
    const other = await preflight(open, 'https://example.org')
    expect(other.headers).not.toHaveProperty('access-control-allow-origin')
  })
})
