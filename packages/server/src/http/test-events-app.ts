import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { SILENT_LOG } from '../domain/log.ts'
import type { Permission } from '../domain/permissions.ts'
import { newClient } from '../identity/clients.ts'
import { hashRandomSecret } from '../identity/secrets.ts'
import { createIngest } from '../ingest/create-ingest.ts'
import type { Ingest } from '../ingest/ingest.ts'
import { addClient } from '../metadata/clients.ts'
import { type MetadataDatabase, openMetadata } from '../metadata/database.ts'
import { addOrganization, findOrganization } from '../metadata/organizations.ts'
import { addToken } from '../metadata/tokens.ts'
import type { UsageStore } from '../store/usage-store.ts'
import { createTemplateResolver } from '../templates/template-resolver.ts'
import type { HttpSettings } from './api.ts'
import { createApp } from './app.ts'
import type { LiveTimes } from './live-stream.ts'
import { TEST_NOW, testParts } from './test-app.ts'

/** How a test opens its store in a folder: http/ knows no engine. */
type OpenStore = (folder: string, now: () => number) => Promise<UsageStore>

export interface TestEventsOptions {
  readonly settings?: Partial<HttpSettings>
  readonly liveTimes?: Partial<LiveTimes>
  readonly answerTimeout?: number
}

export interface SentAnswer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** For tests: the doors through which events come, on a real store and ingest; the clock is the test's. */
export class TestEventsApp implements AsyncDisposable {
  readonly clock = { now: TEST_NOW }
  readonly #folder = mkdtempSync(join(tmpdir(), 'routemeter-events-'))
  readonly #parts: { store: UsageStore; ingest: Ingest; metadata: MetadataDatabase; app: FastifyInstance }[] = []
  #port = 0
  #organizations = 0

  static async open(
    openStore: OpenStore,
    templates: readonly string[] = [],
    options: TestEventsOptions = {},
  ): Promise<TestEventsApp> {
    const opened = new TestEventsApp()
    await opened.#start(openStore, templates, options)
    return opened
  }

  async #start(
    openStore: OpenStore,
    templates: readonly string[],
    { settings, liveTimes, answerTimeout }: TestEventsOptions,
  ): Promise<void> {
    const now = () => this.clock.now
    const metadata = await openMetadata(join(this.#folder, 'metadata.sqlite'))
    const store = await openStore(this.#folder, now)
    const ingest = createIngest({
      store,
      resolver: createTemplateResolver({ templatesOf: async () => templates }),
      organizationExists: async (id) => (await findOrganization(metadata, id)) !== undefined,
      now,
      limits: {
        groupCommitMs: 0,
        groupCommitEvents: 1_000,
        maxEventsInFlight: 10_000,
        maxBytesInFlight: 1 << 24,
        readerThreads: 1,
      },
      log: SILENT_LOG,
    })
    const given = { now, ...(settings === undefined ? {} : { settings }) }
    const parts = { ...testParts(metadata, given), store, ingest, ...(liveTimes === undefined ? {} : { liveTimes }) }
    const log = pino({ level: 'silent' })
    const app = await createApp(parts, { log, ...(answerTimeout === undefined ? {} : { answerTimeout }) })
    await app.listen({ host: '127.0.0.1', port: 0 })
    this.#port = (app.server.address() as AddressInfo).port
    this.#parts.push({ store, ingest, metadata, app })
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get store(): UsageStore {
    return this.#running.store
  }

  get metadata(): MetadataDatabase {
    return this.#running.metadata
  }

  get #running() {
    const [running] = this.#parts
    if (running === undefined) throw new Error('the app is not started')
    return running
  }

  /** A new organization with a client that may send events, and what else is named; its id. */
  async newSender(others: readonly Permission[] = []): Promise<string> {
    const organizationId = `sender-${++this.#organizations}`
    await addOrganization(this.metadata, { id: organizationId, name: organizationId, createdAt: TEST_NOW })
    const permissions: readonly Permission[] = ['usage:event:add', ...others]
    const client = newClient({ organizationId, name: 'Sender', permissions, secretHash: null, createdBy: '' }, TEST_NOW)
    await addClient(this.metadata, client)
    const hash = hashRandomSecret(`token-${organizationId}`)
    const times = { createdAt: TEST_NOW, expiresAt: TEST_NOW + 86_400_000 }
    await addToken(this.metadata, { hash, kind: 'access', clientId: client.id, ...times })
    return organizationId
  }

  /** Posts a body as a sender of `newSender`. */
  async send(
    sender: string,
    path: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<SentAnswer> {
    const answer = await fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer token-${sender}`, ...headers },
      body: new Uint8Array(Buffer.from(body)),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }

  /** Ends the HTTP server, as a stop does first. */
  async closeApp(): Promise<void> {
    await this.#running.app.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { app, ingest, store, metadata } of this.#parts) {
      await app.close()
      await ingest[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      await metadata.destroy()
    }
    rmSync(this.#folder, { recursive: true })
  }
}
