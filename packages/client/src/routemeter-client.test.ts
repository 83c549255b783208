import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  ConnectionError,
  RoutemeterClient,
  type RoutemeterClientOptions,
  UsageApiError,
  type UsageRow,
} from './index.ts'

interface Seen {
  readonly line: string
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly body: string
}
interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown
}
/** `hang up` breaks the connection, `silence` never answers. */
type Script = Answer | 'hang up' | 'silence'

const EXECUTION = { executionId: 'e-1', resultsUri: '/api/v2/usage/query/e-1/results' }
const RUNNING = { body: { queryStatus: 'Running' } }
const ROW: UsageRow = {
  clientId: 'c',
  clientName: 'C',
  organizationId: '',
  userId: '',
  templateUri: '',
  httpMethod: '',
  requests: 3,
}
const COMPLETE = { body: { results: [ROW], queryStatus: 'Complete' } }
const token = (value: string, expires_in = 86_399) => ({
  body: { access_token: value, token_type: 'bearer', expires_in },
})
const refusal = (status: number, code: string, message: string, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'inin-correlation-id': 'c-1', ...headers },
  body: { message, code, status, messageParams: {}, contextId: 'c-1', details: [], errors: [] },
})

/** A protocol peer: answers each path with its scripted answers in turn, the last one for ever, and records what came. */
let server: Server
let url: string
let seen: Seen[]
let scripts: Record<string, Script[]>

beforeEach(async () => {
  seen = []
  scripts = {
    '/oauth/token': [token('t-1')],
    '/api/v2/usage/query': [{ status: 202, body: EXECUTION }],
    '/api/v2/usage/query/e-1/results': [COMPLETE],
  }
  server = createServer(async (request, response) => {
    const body = await textOf(request)
    seen.push({
      line: `${request.method} ${request.url}`,
      authorization: request.headers.authorization,
      contentType: request.headers['content-type'],
      body,
    })
    const script = scripts[request.url ?? ''] ?? [refusal(404, 'not.found', 'No such path')]
    const answer = script.length > 1 ? script.shift() : script[0]
    if (answer === 'silence') return
    if (answer === 'hang up') return void request.socket.destroy()
    response.writeHead(answer?.status ?? 200, { 'content-type': 'application/json', ...answer?.headers })
    response.end(typeof answer?.body === 'string' ? answer.body : JSON.stringify(answer?.body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  vi.useRealTimers()
  server.close()
  server.closeAllConnections()
})

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

const client = (options: Partial<RoutemeterClientOptions> = {}) =>
  new RoutemeterClient({ url, clientId: 'id', clientSecret: 's3:cret & ü', ...options } as RoutemeterClientOptions)
const lines = () => seen.map(({ line }) => line)
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it was done'),
    (error: unknown) => error,
  )
const QUERY = { interval: '2020-02' } as const
const SUBMIT = 'POST /api/v2/usage/query'
const RESULTS = 'GET /api/v2/usage/query/e-1/results'
const TOKEN = 'POST /oauth/token'

describe('a query', () => {
  test('is submitted with a token, polled until it is complete, and answers its rows', async () => {
    scripts['/api/v2/usage/query/e-1/results'] = [RUNNING, RUNNING, COMPLETE]
    const query = { interval: '2020-02', granularity: 'Day', groupBy: ['TemplateUri'], metrics: ['Requests'] } as const
    expect(await client().usage.query(query, { pollMs: 1 })).toEqual([ROW])
    expect(lines()).toEqual([TOKEN, SUBMIT, RESULTS, RESULTS, RESULTS])
    expect(JSON.parse(seen[1]?.body ?? '')).toEqual(query)
    expect(seen[1]?.contentType).toBe('application/json')
    expect(seen.slice(1).map(({ authorization }) => authorization)).toEqual(Array(4).fill('Bearer t-1'))
  })

  test('can be taken apart: submit, then results', async () => {
    scripts['/api/v2/usage/query/e-1/results'] = [RUNNING, COMPLETE]
    const { usage } = client()
    expect(await usage.submit(QUERY)).toEqual(EXECUTION)
    expect(await usage.result('e-1')).toEqual({ queryStatus: 'Running' })
    expect(await usage.result('e-1')).toEqual({ queryStatus: 'Complete', results: [ROW] })
  })

  test('that fails on the server throws query.failed', async () => {
    scripts['/api/v2/usage/query/e-1/results'] = [RUNNING, { body: { queryStatus: 'Failed' } }]
    const error = await failureOf(client().usage.query(QUERY, { pollMs: 1 }))
    expect(error).toBeInstanceOf(UsageApiError)
    expect(error).toMatchObject({ code: 'query.failed', message: expect.stringContaining('e-1') })
  })

  test('waits twice as long each time, up to two seconds', async () => {
    const waits: unknown[] = []
    const answers = [EXECUTION, ...Array(8).fill(RUNNING.body), COMPLETE.body]
    const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation((task, milliseconds) => {
      waits.push(milliseconds)
      queueMicrotask(task as () => void)
      return undefined as never
    })
    const fetched = async () => Response.json(answers.shift())
    await new RoutemeterClient({ url, accessToken: 't', fetch: fetched }).usage.query(QUERY)
    timers.mockRestore()
    expect(waits).toEqual([20, 40, 80, 160, 320, 640, 1280, 2000, 2000])
  })

  test('ends with the signal’s reason when that aborts, between looks and during one', async () => {
    const reason = new Error('enough')
    scripts['/api/v2/usage/query/e-1/results'] = [RUNNING]
    const between = new AbortController()
    const polling = failureOf(client().usage.query(QUERY, { signal: between.signal, pollMs: 60_000 }))
    await vi.waitFor(() => expect(lines()).toContain(SUBMIT))
    between.abort(reason)
    expect(await polling).toBe(reason)

    scripts['/api/v2/usage/query/e-1/results'] = ['silence']
    const during = new AbortController()
    const looking = failureOf(client().usage.query(QUERY, { signal: during.signal, pollMs: 1 }))
    await vi.waitFor(() => expect(lines()).toContain(RESULTS))
    during.abort(reason)
    expect(await looking).toBe(reason)
  })

  test('ends when the client’s own signal aborts, and one that has aborted sends nothing', async () => {
    const aborted = AbortSignal.abort(new Error('enough'))
    expect(await failureOf(client({ signal: aborted }).usage.query(QUERY))).toBe(aborted.reason)
    expect(await failureOf(client().usage.query(QUERY, { signal: aborted }))).toBe(aborted.reason)
    expect(lines()).not.toContain(SUBMIT)
  })

  test('keeps the execution id one segment of the path', async () => {
    await failureOf(client().usage.result('../../oauth/clients?x='))
    expect(lines().at(-1)).toBe('GET /api/v2/usage/query/..%2F..%2Foauth%2Fclients%3Fx%3D/results')
  })
})

describe('access tokens', () => {
  test('are asked for with the credentials, whatever characters they have', async () => {
    await client({ clientId: 'a:b=c', clientSecret: 's3:cret & ü' } as RoutemeterClientOptions).usage.submit(QUERY)
    expect(seen[0]).toMatchObject({ line: TOKEN, contentType: 'application/x-www-form-urlencoded' })
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.body))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'a:b=c',
      client_secret: 's3:cret & ü',
    })
  })

  test('are shared by calls at the same time', async () => {
    const { usage } = client()
    await Promise.all([usage.submit(QUERY), usage.submit(QUERY), usage.result('e-1')])
    await usage.submit(QUERY)
    expect(lines().filter((line) => line === TOKEN)).toHaveLength(1)
  })

  test('are renewed before they end', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    scripts['/oauth/token'] = [token('t-1', 300), token('t-2', 300)]
    const { usage } = client()
    await usage.submit(QUERY)
    vi.setSystemTime(Date.now() + 269_000)
    await usage.submit(QUERY)
    vi.setSystemTime(Date.now() + 2_000)
    await usage.submit(QUERY)
    expect(seen.filter(({ line }) => line === SUBMIT).map(({ authorization }) => authorization)).toEqual([
      'Bearer t-1',
      'Bearer t-1',
      'Bearer t-2',
    ])
  })

  test('are renewed once when the server no longer takes one', async () => {
    const revoked = refusal(401, 'bad.credentials', 'Revoked')
    scripts['/oauth/token'] = [token('t-1'), token('t-2'), token('t-3')]
    scripts['/api/v2/usage/query'] = [revoked, { status: 202, body: EXECUTION }, revoked]
    const { usage } = client()
    await usage.submit(QUERY)
    expect(lines()).toEqual([TOKEN, SUBMIT, TOKEN, SUBMIT])
    expect(seen[3]?.authorization).toBe('Bearer t-2')
    expect(await failureOf(usage.submit(QUERY))).toMatchObject({ status: 401, code: 'bad.credentials' })
    expect(lines().slice(4)).toEqual([SUBMIT, TOKEN, SUBMIT])
  })

  test('that the caller brought are used as they are, and a refused one is an error', async () => {
    const own = new RoutemeterClient({ url, accessToken: 'mine' })
    await own.usage.submit(QUERY)
    expect(seen).toMatchObject([{ line: SUBMIT, authorization: 'Bearer mine' }])
    scripts['/api/v2/usage/query'] = [refusal(401, 'bad.credentials', 'Expired')]
    expect(await failureOf(own.usage.submit(QUERY))).toMatchObject({ status: 401 })
    expect(lines()).toEqual([SUBMIT, SUBMIT])
  })

  test('refused for bad credentials throw OAuth’s words, and the next call asks again', async () => {
    const description = 'The client or its secret is unknown'
    const invalid = { error: 'invalid_client', error_description: description, description }
    scripts['/oauth/token'] = [{ status: 401, body: invalid }, token('t-1')]
    const { usage } = client()
    const error = await failureOf(usage.submit(QUERY))
    expect(error).toBeInstanceOf(UsageApiError)
    expect(error).toMatchObject({ status: 401, code: 'invalid_client', message: description })
    expect(await usage.submit(QUERY)).toEqual(EXECUTION)
  })
})

describe('a refusal', () => {
  test('is an error with everything the server said', async () => {
    const message = 'interval: 2020-02-30 is no date'
    scripts['/api/v2/usage/query'] = [refusal(400, 'invalid.date', message)]
    const error = await failureOf(client().usage.query(QUERY))
    expect(error).toBeInstanceOf(UsageApiError)
    expect(error).toMatchObject({
      name: 'UsageApiError',
      message,
      status: 400,
      code: 'invalid.date',
      correlationId: 'c-1',
      retryAfter: undefined,
    })
    expect(lines()).toEqual([TOKEN, SUBMIT])
  })

  test('of a proxy without a body still says its status', async () => {
    scripts['/api/v2/usage/query'] = [{ status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad</h1>' }]
    const error = await failureOf(client().usage.submit(QUERY))
    expect(error).toMatchObject({ status: 502, code: '', message: 'The answer was 502 without an explanation' })
  })

  test.each([
    ['a page', '<html></html>'],
    ['nothing', ''],
    ['other JSON', '{"hello":"world"}'],
    ['null', 'null'],
  ])('is what %s in place of an answer becomes', async (_, body) => {
    for (const path of ['/oauth/token', '/api/v2/usage/query', '/api/v2/usage/query/e-1/results']) {
      const kept = scripts[path] ?? []
      scripts[path] = [{ body }]
      const error = await failureOf(client().usage.query(QUERY, { pollMs: 1 }))
      expect(error).toBeInstanceOf(UsageApiError)
      expect((error as Error).message).toContain('is this a Routemeter server?')
      scripts[path] = kept
    }
  })
})

describe('retries', () => {
  test.each([429, 503])('honour Retry-After on a %i, of a submission too', async (status) => {
    const busy = refusal(status, 'too.many.requests', 'Later', { 'retry-after': '0' })
    for (const path of Object.keys(scripts)) scripts[path] = [busy, busy, ...(scripts[path] ?? [])]
    expect(await client().usage.query(QUERY, { pollMs: 1 })).toEqual([ROW])
    expect(lines()).toEqual([TOKEN, SUBMIT, RESULTS].flatMap((line) => [line, line, line]))
  })

  test('wait as many seconds as the server says', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const stop = new AbortController()
    scripts['/api/v2/usage/query'] = [refusal(429, 'too.many.requests', 'Later', { 'retry-after': '7' })]
    const outcome = failureOf(client().usage.submit(QUERY, { signal: stop.signal }))
    await vi.waitFor(() => expect(timers.mock.calls.map(([, ms]) => ms)).toContain(7_000))
    stop.abort(new Error('enough'))
    expect(await outcome).toBe(stop.signal.reason)
    timers.mockRestore()
  })

  test('end after maxRetries with the server’s refusal, and how long it asked to wait', async () => {
    scripts['/api/v2/usage/query'] = [refusal(503, 'service.unavailable', 'Busy', { 'retry-after': '0' })]
    expect(await failureOf(client({ maxRetries: 2 }).usage.submit(QUERY))).toMatchObject({ status: 503, retryAfter: 0 })
    expect(lines()).toEqual([TOKEN, SUBMIT, SUBMIT, SUBMIT])
  })

  test('are not made for a wait that is longer than two minutes, nor for other refusals', async () => {
    const late = new Date(Date.now() + 3_600_000).toUTCString()
    for (const header of ['3600', late]) {
      scripts['/api/v2/usage/query'] = [refusal(429, 'too.many.requests', 'Later', { 'retry-after': header })]
      const error = (await failureOf(client().usage.submit(QUERY))) as UsageApiError
      expect(error.retryAfter).toBeGreaterThan(3_000)
    }
    scripts['/api/v2/usage/query'] = [refusal(500, 'internal.server.error', 'Ours', { 'retry-after': '0' })]
    await failureOf(client().usage.submit(QUERY))
    expect(lines()).toEqual([TOKEN, SUBMIT, TOKEN, SUBMIT, TOKEN, SUBMIT])
  })

  test('are made after a broken connection only where doing it twice does no harm', async () => {
    scripts['/oauth/token'] = ['hang up', token('t-1')]
    scripts['/api/v2/usage/query/e-1/results'] = ['hang up', COMPLETE]
    expect(await client().usage.query(QUERY, { pollMs: 1 })).toEqual([ROW])
    expect(lines()).toEqual([TOKEN, TOKEN, SUBMIT, RESULTS, RESULTS])
    scripts['/api/v2/usage/query'] = ['hang up']
    expect(await failureOf(client().usage.submit(QUERY))).toBeInstanceOf(ConnectionError)
    expect(lines().filter((line) => line === SUBMIT)).toHaveLength(2)
  })
})

describe('without an answer', () => {
  test('a server that is not there is a ConnectionError that names its address and the reason', async () => {
    server.close()
    await once(server, 'close')
    const error = await failureOf(client({ maxRetries: 0 }).usage.query(QUERY))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ url, message: `${url} cannot be reached: connect ECONNREFUSED ${url.slice(7)}` })
  })

  test('a server that stays silent is one too, after timeoutMs', async () => {
    scripts['/oauth/token'] = ['silence']
    const error = await failureOf(client({ timeoutMs: 50, maxRetries: 0 }).usage.query(QUERY))
    expect(error).toBeInstanceOf(ConnectionError)
    expect((error as Error).message).toBe(`${url} cannot be reached: no answer within 0.05 seconds`)
  })
})

describe('a client', () => {
  test('takes an address with a path and slashes at its end', async () => {
    scripts['/behind/proxy/oauth/token'] = [token('t-1')]
    scripts['/behind/proxy/api/v2/usage/query'] = [{ status: 202, body: EXECUTION }]
    expect(await client({ url: `${url}/behind/proxy//` }).usage.submit(QUERY)).toEqual(EXECUTION)
  })

  test.each(['', 'localhost:8787', '127.0.0.1:8787', 'ftp://x', 'usage.example.com'])(
    'refuses the address "%s"',
    (bad) => {
      expect(() => client({ url: bad })).toThrow(TypeError)
    },
  )

  test('refuses to be made without credentials', () => {
    const partial = { url, clientId: 'id', clientSecret: '' } as RoutemeterClientOptions
    expect(() => new RoutemeterClient(partial)).toThrow('clientId and clientSecret, or accessToken, must be given')
  })
})
