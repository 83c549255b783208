import { once } from 'node:events'
import { Agent, request as send } from 'node:http'
import type { Counted } from './routemeter.ts'

/** One kind of call that the test's API gets, and what must be counted for it. */
interface Kind {
  readonly method: string
  readonly path: (index: number) => string
  readonly template: string
  /** What the API answers; 499 for a call that is aborted. */
  readonly status: number
  readonly body?: string
}

/**
 * The API that every framework's test serves: nested routers with parameters in their mount paths, a router whose
 * middleware answers before its route, errors, streams, and a call that is never answered.
 */
const KINDS: readonly Kind[] = [
  {
    method: 'GET',
    path: (n) => `/orgs/org-${n}/users/${n}?token=secret`,
    template: 'orgs/{org}/users/{id}',
    status: 200,
  },
  { method: 'POST', path: (n) => `/orgs/org-${n}/users`, template: 'orgs/{org}/users', status: 201, body: '{"a":1}' },
  { method: 'GET', path: (n) => `/orgs/users/users/users?n=${n}`, template: 'orgs/{org}/users/{id}', status: 200 },
  { method: 'GET', path: (n) => `/orgs/org-${n}/limited/${n}`, template: 'orgs/{org}/limited/{id}', status: 429 },
  { method: 'GET', path: (n) => `/orgs/org-${n}/missing/${n}`, template: 'orgs/{org}/missing/{id}', status: 404 },
  { method: 'GET', path: (n) => `/orgs/org-${n}/broken`, template: 'orgs/{org}/broken', status: 500 },
  { method: 'GET', path: () => '/slow', template: 'slow', status: 499 },
  { method: 'GET', path: () => '/stream', template: 'stream', status: 200 },
  { method: 'GET', path: () => '/moved', template: 'moved', status: 302 },
  { method: 'DELETE', path: (n) => `/v1/things/${n}`, template: 'v1/things/{thing}', status: 204 },
  { method: 'GET', path: (n) => `/wp-admin/${n}.php?x=1`, template: '(unmatched)', status: 404 },
]
const CLIENTS = ['billing', 'crm', 'café-ops', 'pipe|d "quoted"']
const AT_ONCE = 40

/** Calls the API some hundred times, many at once, and says what must have been counted. */
export async function drive(port: number, rounds = 12): Promise<Readonly<Record<string, Counted>>> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const calls = CLIENTS.flatMap((client) =>
    KINDS.flatMap((kind) => Array.from({ length: rounds }, (_, index) => ({ client, kind, index }))),
  )
  const expected: Record<string, { -readonly [Key in keyof Counted]: number }> = {}
  try {
    await Promise.all(
      calls.map(async ({ client, kind, index }) => {
        const status = await call(agent, port, client, kind, index)
        if (status !== kind.status) throw new Error(`${kind.method} ${kind.path(index)} was answered with ${status}`)
      }),
    )
    for (const _ of CLIENTS) await call(agent, port, 'probe', HEALTH, 0)
  } finally {
    agent.destroy()
  }
  for (const { client, kind } of calls) {
    const key = `${client} ${kind.method} ${kind.template}`
    expected[key] ??= { requests: 0, status200: 0, status300: 0, status400: 0, status429: 0, status500: 0 }
    expected[key].requests++
    expected[key][`status${Math.floor(kind.status / 100)}00` as 'status200']++
    if (kind.status === 429) expected[key].status429++
  }
  return expected
}

/** Excluded by every test. */
const HEALTH: Kind = { method: 'GET', path: () => '/healthz', template: '', status: 200 }

async function call(agent: Agent, port: number, client: string, kind: Kind, index: number): Promise<number> {
  const isAborted = kind.status === 499
  const request = send({
    ...(isAborted ? { agent: false } : { agent }),
    port,
    host: '127.0.0.1',
    method: kind.method,
    path: kind.path(index),
    headers: {
      'x-client-id': encodeURIComponent(client),
      ...(kind.body === undefined ? {} : { 'content-type': 'application/json' }),
      // Node's server says so when it hands the request on: then it is under way.
      ...(isAborted ? { expect: '100-continue' } : {}),
    },
  })
  if (isAborted) {
    request.flushHeaders()
    await once(request, 'continue')
    request.on('error', () => {})
    request.destroy()
    return 499
  }
  request.end(kind.body)
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
  return response.statusCode
}

/** The client that the driver names in the header `x-client-id`. */
export function clientOf(header: string | readonly string[] | undefined): string {
  return decodeURIComponent(String(header ?? ''))
}
