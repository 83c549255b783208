import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { GARBAGE, type Garbage, type GarbageName } from './garbage.ts'
import type { Call, Caller, Time } from './ledger.ts'
import type { SmallApi } from './small-api.ts'

/** What must be found nowhere in Routemeter's data: every query string, password, signature and cookie has it. */
const PASSWORD = 'open-sesame-password'
const SIGNATURE = 'open-sesame-signature'
const SECRETS = ['open-sesame-query', PASSWORD, SIGNATURE, 'open-sesame-cookie']

const NOBODY: Caller = { header: '', user: '', claim: '' }
const MOBILE: Caller = { ...NOBODY, header: 'mobile-app' }
const GREEDY: Caller = { ...NOBODY, header: 'greedy-app' }
const CALLERS: readonly Caller[] = [
  NOBODY,
  MOBILE,
  { ...NOBODY, header: 'café-ops' },
  { ...NOBODY, header: 'Acme "Ops" | {1} \\ #2' },
  { ...NOBODY, header: `long-${'x'.repeat(300)}` },
  { ...NOBODY, header: 'billing', user: 'ann' },
  { ...NOBODY, user: 'Acme Billing' },
  // Whoever calls may write into the log what looks like a line of it.
  { ...NOBODY, header: 'eve" [01/Jan/2020:00:00:00 +0000] "GET /forged HTTP/1.1" 200 1 "' },
  { ...NOBODY, claim: 'app-of-a-token' },
]

const ID = '4f5bdc22-5d4b-4d1a-9d0e-2f4b0f9f6a11'
interface Planned {
  readonly method: string
  /** As it stands in the request line. */
  readonly path: string
  readonly template: string
}
const plan = (method: string, path: string, template: string): Planned => ({ method, path, template })

const USUAL: readonly Planned[] = [
  plan('GET', `/api/v2/users/${ID}`, 'api/v2/users/{id}'),
  plan('GET', `/api/v2/users/4711/queues?access_token=open-sesame-query`, 'api/v2/users/{id}/queues'),
  plan('POST', '/api/v2/users', 'api/v2/users'),
  plan('PUT', `/api/v2/routing/queues/${ID}/members`, 'api/v2/routing/queues/{id}/members'),
  plan('DELETE', `/api/v2/users/${ID}`, 'api/v2/users/{id}'),
  plan('GET', '/api/v2/downloads/77', 'api/v2/downloads/{id}'),
  plan('GET', '/api/v2/tokens/me', 'api/v2/tokens/me'),
  plan('GET', '/wp-login.php?q=open-sesame-query', '(unmatched)'),
  plan('POST', '/api/v2/analytics/conversations/details/query', 'api/v2/analytics/conversations/details/query'),
  plan('PUT', `/api/v2/flows/${ID}`, 'api/v2/flows/{id}'),
]

const ODD: readonly Planned[] = [
  plan('HEAD', `/api/v2/users/${ID}`, 'api/v2/users/{id}'),
  plan('OPTIONS', `/api/v2/users/${ID}`, 'api/v2/users/{id}'),
  plan('PATCH', `/api/v2/users/${ID}/`, 'api/v2/users/{id}'),
  plan('PROPFIND', '/api/v2/users', 'api/v2/users'),
  plan('GET', `//api//v2/users/${ID}`, 'api/v2/users/{id}'),
  plan('GET', `/api/v2/groups/../users/./${ID}`, 'api/v2/users/{id}'),
  plan('GET', `/%61pi/v2/users/${ID}?a=%3F&b=open-sesame-query`, 'api/v2/users/{id}'),
  plan('GET', '/api/v2/groups/caf%C3%A9', 'api/v2/groups/caf%C3%A9'),
  plan('GET', '/api/v2/groups/caf%c3%a9?open-sesame-query', 'api/v2/groups/caf%C3%A9'),
  plan('GET', '/api/v2/groups/a%2Fb', 'api/v2/groups/a%2Fb'),
  plan('GET', '/api/v2/groups/a%3Fb', 'api/v2/groups/a%3Fb'),
  plan('GET', '/api/v2/groups/a%22b%7Cc%5C', 'api/v2/groups/a%22b%7Cc%5C'),
  plan('GET', '/api/v2/groups/x:activate;v=1?open-sesame-query?again', 'api/v2/groups/x:activate;v=1'),
  plan('GET', `/api/v2/groups/x?q=open-sesame-query${'y'.repeat(1500)}`, 'api/v2/groups/x'),
  plan('GET', 'http://api.example/api/v2/users/me?open-sesame-query', 'api/v2/users/me'),
]

/** Calls through a gateway, and what their callers saw. */
export class Driver {
  readonly calls: Call[] = []
  readonly #from = Date.now()
  readonly #port: number
  readonly #api: SmallApi
  /** The statuses of the answers to garbage; undefined where there was none. */
  readonly #garbage = new Map<string, number | undefined>()

  constructor(port: number, api: SmallApi) {
    this.#port = port
    this.#api = api
  }

  /** The time in which the calls were made. */
  get time(): Time {
    return { from: this.#from, to: Date.now() }
  }

  /** Every caller makes every usual call, over a connection that is kept and over new ones; one makes odd ones. */
  async usual(times: number): Promise<void> {
    const kept = new Agent({ keepAlive: true, maxSockets: 2 })
    try {
      for (let time = 0; time < times; time++) {
        const calls = CALLERS.flatMap((caller) => USUAL.map((planned) => ({ caller, planned })))
        await inTurn(calls, 4, ({ caller, planned }, index) =>
          this.#call(caller, planned, index % 3 === 0 ? undefined : kept),
        )
      }
      for (const planned of ODD) await this.#call(MOBILE, planned, kept)
    } finally {
      kept.destroy()
    }
  }

  /** More calls at once than a gateway lets one client make. */
  async greedy(calls: number): Promise<void> {
    const kept = new Agent({ keepAlive: true, maxSockets: 8 })
    const planned = plan('GET', `/api/v2/users/${ID}`, 'api/v2/users/{id}')
    try {
      await inTurn(Array(calls).fill(planned), 8, (one: Planned) => this.#call(GREEDY, one, kept))
    } finally {
      kept.destroy()
    }
  }

  /** The caller goes away before there is an answer. @param told the status that this gateway then logs. */
  async abort(told: number): Promise<void> {
    const arrived = this.#api.slowCall()
    const path = `/api/v2/users/${ID}/export?open-sesame-query`
    const call = request({ port: this.#port, host: '127.0.0.1', path, headers: headersOf(MOBILE), agent: false })
    call.on('error', () => {})
    call.end()
    await arrived
    call.destroy()
    this.calls.push({ caller: MOBILE, method: 'GET', template: 'api/v2/users/{id}/export', status: told })
  }

  /** Sends what is no usual request, one after the other. */
  async garbage(): Promise<void> {
    for (const [name, { bytes, ...garbage }] of Object.entries<Garbage>(GARBAGE)) {
      this.#garbage.set(name, await this.#raw(bytes, garbage.hangsUp === true))
    }
  }

  /**
   * The garbage that a log tells as calls.
   * @param told the status that the log has of what got no answer, or one without a status.
   * @param pathless those of which the log tells no path.
   */
  garbageCalls(
    names: readonly GarbageName[],
    told: Partial<Record<GarbageName, number>> = {},
    pathless: readonly GarbageName[] = [],
  ): readonly Call[] {
    return names.map((name) => {
      const { method } = GARBAGE[name]
      const template = pathless.includes(name) ? '(unmatched)' : GARBAGE[name].template
      const status = told[name] ?? this.#garbage.get(name)
      if (status === undefined) throw new Error(`there was no answer to ${name}`)
      return { caller: NOBODY, method, template, status }
    })
  }

  async #raw(bytes: string, hangsUp: boolean): Promise<number | undefined> {
    const socket = connect(this.#port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => {})
    socket.write(bytes)
    if (hangsUp) socket.end()
    await once(socket, 'close')
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(Buffer.concat(chunks).toString())?.[1]
    return status === undefined ? undefined : Number(status)
  }

  async #call(caller: Caller, { method, path, template }: Planned, agent: Agent | undefined): Promise<void> {
    // HAProxy refuses a request whose line and header name different hosts.
    const host = /^http:\/\/([^/]+)/.exec(path)?.[1] ?? '127.0.0.1'
    const call = request({
      port: this.#port,
      host: '127.0.0.1',
      method,
      path,
      headers: { ...headersOf(caller), host },
      agent: agent ?? false,
    })
    // Bytes: with a text Node would write both in UTF-8.
    call.end(method === 'POST' || method === 'PUT' ? Buffer.from('{"name":"x"}') : undefined)
    const [response] = await once(call, 'response')
    response.resume()
    await once(response, 'end')
    this.calls.push({ caller, method, template, status: response.statusCode })
  }
}

function headersOf({ header, user, claim }: Caller): Record<string, string> {
  const headers: Record<string, string> = { cookie: 'session=open-sesame-cookie', 'user-agent': 'driver "1"' }
  // Node writes a header's characters as one byte each.
  if (header !== '') headers['x-client-id'] = Buffer.from(header).toString('latin1')
  if (user !== '') headers.authorization = `Basic ${basic(user)}`
  if (claim !== '') headers.authorization = `Bearer ${token(claim)}`
  return headers
}

const basic = (user: string) => Buffer.from(`${user}:${PASSWORD}`).toString('base64')

function token(claim: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'HS256' })}.${part({ client_id: claim })}.${SIGNATURE}`
}

/** What must not be kept, as it stands in requests. */
export const FORBIDDEN: readonly string[] = [
  ...SECRETS,
  ...CALLERS.filter(({ user }) => user !== '').map(({ user }) => basic(user)),
]

async function inTurn<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, index: number) => Promise<void>,
) {
  const left = [...items.entries()]
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next[1], next[0])
    }),
  )
}
