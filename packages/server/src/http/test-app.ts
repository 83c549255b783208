import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { SILENT_LOG } from '../domain/log.ts'
import type { Permission } from '../domain/permissions.ts'
import { newClient } from '../identity/clients.ts'
import { createIdentity } from '../identity/identity.ts'
import { hashRandomSecret } from '../identity/secrets.ts'
import { personOf } from '../identity/sign-in.ts'
import { addClient } from '../metadata/clients.ts'
import { type MetadataDatabase, openMetadata } from '../metadata/database.ts'
import { addIngestKey } from '../metadata/ingest-keys.ts'
import { addOrganization } from '../metadata/organizations.ts'
import { listRouteTemplates } from '../metadata/route-templates.ts'
import { addToken, type TokenKind } from '../metadata/tokens.ts'
import type { Executions } from '../query/executions.ts'
import type { OrganizationUsage, UsageStore } from '../store/usage-store.ts'
import { createTemplateResolver } from '../templates/template-resolver.ts'
import type { HttpSettings, Parts } from './api.ts'
import { type AppOptions, createApp } from './app.ts'
import type { DashboardFiles } from './pages/dashboard-files.ts'

export const TEST_NOW = Date.UTC(2026, 10, 23, 12)

const TEST_SETTINGS: HttpSettings = {
  rateLimitPerMinute: 300,
  organizationRateLimitPerMinute: 0,
  eventRateLimitPerMinute: 0,
  maxBodyBytes: 16 << 20,
  maxRouteTemplates: 20_000,
  maxLiveStreams: 50,
  trustProxy: false,
  publicUrl: undefined,
  corsOrigins: [],
}

export interface TestAppOptions {
  readonly settings?: Partial<HttpSettings>
  readonly isReady?: () => boolean
  /** TEST_NOW, always, by default. */
  readonly now?: () => number
  /** What the store says of an organization, or how it fails. */
  readonly describe?: (organizationId: string) => Promise<OrganizationUsage>
  /** What becomes of a query that is submitted. */
  readonly submit?: Executions['submit']
  readonly dashboard?: DashboardFiles | undefined
  readonly app?: Partial<AppOptions>
}

/** A whole app on real metadata and identity; its store knows only what `describe` says. */
export interface TestApp extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly metadata: MetadataDatabase
  /** The log's lines, parsed. */
  readonly lines: readonly Record<string, unknown>[]
  /** A client with these permissions in a new organization, and headers that carry its token. */
  headersOf(permissions: readonly Permission[], organizationName?: string): Promise<{ authorization: string }>
  /** Headers with two tokens of clients of one new organization. */
  headersOfOneOrganization(): Promise<readonly [Record<string, string>, Record<string, string>]>
  sessionOf(permissions: readonly Permission[], organizationName?: string): Promise<{ cookie: string }>
  ingestKey(): Promise<string>
}

export async function openTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-http-'))
  const metadata = await openMetadata(join(folder, 'metadata.sqlite'))
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const app = await createApp(testParts(metadata, options), { log, ...options.app })
  return {
    app,
    metadata,
    lines,
    headersOf: async (permissions, name) => ({
      authorization: `Bearer ${await newToken(metadata, 'access', permissions, name)}`,
    }),
    headersOfOneOrganization: async () => {
      const organizationId = await newOrganization(metadata)
      const [one, two] = [await tokenIn(metadata, organizationId), await tokenIn(metadata, organizationId)]
      return [{ authorization: `Bearer ${one}` }, { authorization: `Bearer ${two}` }]
    },
    sessionOf: async (permissions, name) => ({
      cookie: `routemeter_session=${await newToken(metadata, 'session', permissions, name)}`,
    }),
    ingestKey: () => newIngestKey(metadata),
    async [Symbol.asyncDispose]() {
      await app.close()
      await metadata.destroy()
      rmSync(folder, { recursive: true })
    },
  }
}

export function testParts(metadata: MetadataDatabase, options: TestAppOptions = {}): Parts {
  const notHere = () => Promise.reject(new Error('not a part of this test'))
  const dispose = { [Symbol.asyncDispose]: async () => {} }
  const describe = options.describe ?? (async () => ({ requests: 0, newestEvent: undefined }))
  const now = options.now ?? (() => TEST_NOW)
  return {
    store: { ...dispose, describe, commit: notHere, query: notHere } as Partial<UsageStore> as UsageStore,
    ingest: { ...dispose, accept: notHere, acceptFully: notHere, settled: async () => {} },
    resolver: createTemplateResolver({
      templatesOf: (organizationId) => listRouteTemplates(metadata, organizationId),
    }),
    executions: {
      ...dispose,
      submit: options.submit ?? notHere,
      find: notHere,
      ended: notHere,
      cancel: notHere,
      rows: () => ReadableStream.from([]),
    },
    queries: { answer: notHere },
    parquet: { write: () => ReadableStream.from([]) },
    identity: createIdentity({ metadata, now, log: SILENT_LOG }),
    metadata,
    settings: { ...TEST_SETTINGS, ...options.settings },
    version: '9.8.7',
    dashboard: options.dashboard,
    now,
    isReady: options.isReady ?? (() => true),
  }
}

let made = 0

async function newToken(
  metadata: MetadataDatabase,
  kind: TokenKind,
  permissions: readonly Permission[],
  organizationName?: string,
): Promise<string> {
  return tokenIn(metadata, await newOrganization(metadata, organizationName), kind, permissions)
}

async function newOrganization(metadata: MetadataDatabase, name = 'Acme'): Promise<string> {
  made += 1
  const id = `organization-${made}`
  await addOrganization(metadata, { id, name, createdAt: TEST_NOW })
  return id
}

async function tokenIn(
  metadata: MetadataDatabase,
  organizationId: string,
  kind: TokenKind = 'access',
  permissions: readonly Permission[] = [],
): Promise<string> {
  made += 1
  const token = `token-${made}`
  const name = `Client ${made}`
  const client = newClient({ organizationId, name, permissions, secretHash: null, createdBy: '' }, TEST_NOW)
  await addClient(metadata, client)
  const hash = hashRandomSecret(token)
  const person = kind === 'session' ? { person: personOf(client) } : {}
  const times = { createdAt: TEST_NOW, expiresAt: TEST_NOW + 3_600_000 }
  await addToken(metadata, { hash, kind, clientId: client.id, ...person, ...times })
  return token
}

async function newIngestKey(metadata: MetadataDatabase): Promise<string> {
  const organizationId = await newOrganization(metadata)
  const key = `rmk_test-${made}`
  const given = { id: `key-${made}`, organizationId, name: `Key ${made}`, kind: 'header', createdBy: '' } as const
  await addIngestKey(metadata, { ...given, anyOrganization: false, createdAt: TEST_NOW }, hashRandomSecret(key))
  return key
}
