import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { pino } from 'pino'
import { SILENT_LOG } from '../domain/log.ts'
import type { Permission } from '../domain/permissions.ts'
import type { Scope } from '../domain/scope.ts'
import { newClient } from '../identity/clients.ts'
import { restoreScope } from '../identity/scopes.ts'
import { hashRandomSecret } from '../identity/secrets.ts'
import { addClient, registeredNames } from '../metadata/clients.ts'
import { type MetadataDatabase, openMetadata } from '../metadata/database.ts'
import { addOrganization } from '../metadata/organizations.ts'
import { addToken } from '../metadata/tokens.ts'
import { createExecutions } from '../query/execution-engine.ts'
import { ObservedStore } from '../query/observed-store.ts'
import { createSynchronousQueries, type SynchronousLimits } from '../query/synchronous-engine.ts'
import type { ParquetWriter, UsageStore } from '../store/usage-store.ts'
import { createApp } from './app.ts'
import { TEST_NOW, testParts } from './test-app.ts'

/** How a test opens its store in a folder: http/ knows no engine. */
type OpenStore = (folder: string) => Promise<UsageStore>

interface TestUsageOptions {
  readonly parquet?: ParquetWriter
  readonly limits?: Partial<SynchronousLimits>
}

interface Running {
  readonly metadata: MetadataDatabase
  readonly store: UsageStore
  readonly observed: ObservedStore
  readonly executions: ReturnType<typeof createExecutions>
  readonly app: FastifyInstance
}

/** For tests: the whole app over a real store, real metadata and an engine that runs one execution at a time. */
export class TestUsageApp implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'routemeter-usage-'))
  readonly #openStore: OpenStore
  readonly #parquet: ParquetWriter | undefined
  readonly #limits: Partial<SynchronousLimits>
  #running: Running | undefined

  private constructor(openStore: OpenStore, { parquet, limits = {} }: TestUsageOptions) {
    this.#openStore = openStore
    this.#parquet = parquet
    this.#limits = limits
  }

  static async open(openStore: OpenStore, options: TestUsageOptions = {}): Promise<TestUsageApp> {
    const opened = new TestUsageApp(openStore, options)
    opened.#running = await opened.#start()
    return opened
  }

  async #start(): Promise<Running> {
    const metadata = await openMetadata(join(this.#folder, 'metadata.sqlite'))
    const store = await this.#openStore(this.#folder)
    const observed = new ObservedStore(store)
    const clientNamesFor = async ({ organizationIds }: Scope) =>
      registeredNames(metadata, organizationIds, await store.authorizedClients(organizationIds))
    const executions = createExecutions({
      metadata,
      store: observed,
      clientNamesFor,
      restoreScope,
      now: () => TEST_NOW,
      log: SILENT_LOG,
      limits: {
        maxConcurrentExecutions: 1,
        resultHours: 24,
        maxQueuedPerOrganization: 1000,
        maxKeptBytesPerOrganization: 1 << 30,
        timeoutMs: 600_000,
      },
    })
    const queries = createSynchronousQueries({
      store: observed,
      clientNamesFor,
      now: () => TEST_NOW,
      limits: { atOnce: 2, mostWaiting: 100, timeoutMs: 60_000, ...this.#limits },
    })
    const parquet = this.#parquet
    const base = testParts(metadata, { settings: { rateLimitPerMinute: 0 } })
    const parts = { ...base, store, executions, queries, ...(parquet === undefined ? {} : { parquet }) }
    return { metadata, store, observed, executions, app: await createApp(parts, { log: pino({ level: 'silent' }) }) }
  }

  get #open(): Running {
    if (this.#running === undefined) throw new Error('the app is not started')
    return this.#running
  }

  get app(): FastifyInstance {
    return this.#open.app
  }

  get store(): UsageStore {
    return this.#open.store
  }

  get observed(): ObservedStore {
    return this.#open.observed
  }

  get metadata(): MetadataDatabase {
    return this.#open.metadata
  }

  /** An organization with a client, whose id is `client-of-` and whose token `token-` and the organization's id. */
  async addCaller(organizationId: string, permissions: readonly Permission[]): Promise<void> {
    await addOrganization(this.metadata, { id: organizationId, name: organizationId, createdAt: TEST_NOW })
    const clientId = `client-of-${organizationId}`
    await this.addClient(organizationId, clientId, `Client of ${organizationId}`, permissions)
    const hash = hashRandomSecret(`token-${organizationId}`)
    const token = { hash, kind: 'access', clientId, createdAt: TEST_NOW, expiresAt: TEST_NOW + 3_600_000 } as const
    await addToken(this.metadata, token)
  }

  async addClient(
    organizationId: string,
    id: string,
    name: string,
    permissions: readonly Permission[] = [],
  ): Promise<void> {
    const given = { id, organizationId, name, permissions, secretHash: null, createdBy: '' }
    await addClient(this.metadata, newClient(given, TEST_NOW))
  }

  /** Calls as the organization's client does. */
  call(organizationId: string, request: InjectOptions) {
    const headers = { authorization: `Bearer token-${organizationId}`, 'content-type': 'application/json' }
    return this.#open.app.inject({ ...request, headers: { ...headers, ...request.headers } })
  }

  /** Resolves when no execution waits or runs. */
  idle(): Promise<void> {
    return this.#open.executions.idle()
  }

  /** Ends everything and starts it again on the same files. */
  async restart(): Promise<void> {
    await this.#stop()
    this.#running = await this.#start()
  }

  async #stop(): Promise<void> {
    const { app, executions, store, metadata } = this.#open
    await app.close()
    await executions[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await metadata.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
    rmSync(this.#folder, { recursive: true })
  }
}
