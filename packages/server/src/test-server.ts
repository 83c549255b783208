import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from './config.ts'
import { ALL_PERMISSIONS, ORGANIZATION_PERMISSIONS, type Permission } from './domain/permissions.ts'
import { newClient } from './identity/clients.ts'
import { hashRandomSecret } from './identity/secrets.ts'
import { addClient } from './metadata/clients.ts'
import { type MetadataDatabase, openMetadata } from './metadata/database.ts'
import { addOrganization } from './metadata/organizations.ts'
import { addToken } from './metadata/tokens.ts'
import { type RunningServer, startServer } from './server.ts'

const DAY_MS = 86_400_000

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body, parsed; what is in it is for the test to say. */
  json<Body = Record<string, unknown>>(): Body
}

/** For tests: the whole server in this process, at a fixed time, on a data folder of its own, asked over HTTP. */
export class TestServer implements AsyncDisposable {
  readonly clock = { now: Date.UTC(2026, 10, 23, 12) }
  readonly #data: string
  readonly #flags: Readonly<Record<string, string>>
  #running: RunningServer | undefined

  private constructor(data: string, flags: Readonly<Record<string, string>>) {
    this.#data = data
    this.#flags = { port: '0', logLevel: 'silent', rateLimitPerMinute: '0', data, ...flags }
  }

  /** @param flags settings beside those that every test needs. */
  static async open(flags: Readonly<Record<string, string>> = {}): Promise<TestServer> {
    const server = new TestServer(mkdtempSync(join(tmpdir(), 'routemeter-server-')), flags)
    await server.#start()
    await server.addOrganization('platform', ALL_PERMISSIONS)
    return server
  }

  async restart(): Promise<void> {
    await this.#running?.stop()
    await this.#start()
  }

  /** An organization whose administrator calls with the token that `call` sends for it. */
  async addOrganization(id: string, permissions: readonly Permission[] = ORGANIZATION_PERMISSIONS): Promise<void> {
    await this.#inMetadata((metadata) =>
      addOrganization(metadata, { id, name: `The ${id}`, createdAt: this.clock.now }),
    )
    await this.addClient(id, { id: `admin-of-${id}`, name: `Admin of ${id}`, permissions })
    await this.addCaller(id, `admin-of-${id}`)
  }

  async addClient(
    organizationId: string,
    { id, name, permissions = [] }: { id: string; name: string; permissions?: readonly Permission[] },
  ): Promise<void> {
    const given = { id, organizationId, name, permissions, secretHash: null, createdBy: '' }
    await this.#inMetadata((metadata) => addClient(metadata, newClient(given, this.clock.now)))
  }

  /** From now on `call(who)` comes with a token of this client. */
  async addCaller(who: string, clientId: string): Promise<void> {
    const { now } = this.clock
    const hash = hashRandomSecret(who)
    await this.#inMetadata((metadata) =>
      addToken(metadata, { hash, kind: 'access', clientId, createdAt: now, expiresAt: now + 30 * DAY_MS }),
    )
  }

  async call(who: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(`${this.#running?.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${who}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) }
  }

  /** POSTs a body that is not JSON, or not as it is. */
  async upload(
    who: string,
    path: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const bytes = typeof body === 'string' ? body : new Uint8Array(body)
    const answer = await fetch(`${this.#running?.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${who}`, ...headers },
      body: bytes,
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) }
  }

  /** Sends events as /v1/events has them; all of them must be taken. */
  async send(who: string, events: readonly object[]): Promise<void> {
    const answer = await this.call(who, 'POST', '/v1/events', events)
    const { rejected } = answer.json<{ rejected?: number }>()
    if (answer.status !== 200 || rejected !== 0) throw new Error(`events were not taken: ${answer.text}`)
  }

  /** Submits a query with one of the older endpoints; where its result is, as soon as it is there. */
  async submit(who: string, path: string, query?: object): Promise<string> {
    const submitted = await this.call(who, query === undefined ? 'GET' : 'POST', path, query)
    if (submitted.status !== 202) throw new Error(`the query was not taken: ${submitted.text}`)
    const { resultsUri } = submitted.json<{ resultsUri: string }>()
    while ((await this.call(who, 'GET', resultsUri)).text === '{"queryStatus":"Running"}');
    return resultsUri
  }

  /** Submits a query and gets its rows. */
  async ask(who: string, path: string, query?: object): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const answer = await this.call(who, 'GET', await this.submit(who, path, query))
    const { results, queryStatus } = answer.json<{ results: Record<string, unknown>[]; queryStatus: string }>()
    if (queryStatus !== 'Complete') throw new Error(`the query ended as ${queryStatus}`)
    return results
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.stop()
    rmSync(this.#data, { recursive: true })
  }

  async #start(): Promise<void> {
    const { config } = readConfig({ flags: this.#flags })
    const surroundings = { now: () => this.clock.now, print: () => {}, isTerminal: true }
    this.#running = await startServer(config, surroundings)
  }

  async #inMetadata(change: (metadata: MetadataDatabase) => Promise<unknown>): Promise<void> {
    const metadata = await openMetadata(join(this.#data, 'metadata.sqlite'))
    try {
      await change(metadata)
    } finally {
      await metadata.destroy()
    }
  }
}
