import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import manifest from '../package.json' with { type: 'json' }
import { type Announcement, announcement } from './announcement.ts'
import type { Config } from './config.ts'
import { openDataFolder } from './data-folder.ts'
import { type Demo, openDemo } from './demo/demo.ts'
import type { InternedDimension } from './domain/catalogue.ts'
import type { Log } from './domain/log.ts'
import type { Scope } from './domain/scope.ts'
import { createApp } from './http/app.ts'
import { readDashboard } from './http/pages/dashboard-files.ts'
import { ensureFirstClient, type FirstClient } from './identity/first-client.ts'
import { createIdentity, type Identity } from './identity/identity.ts'
import { finishDeletions } from './identity/organizations.ts'
import type { TrustedIssuer } from './identity/outside/trusted-issuer.ts'
import { restoreScope } from './identity/scopes.ts'
import { createIngest } from './ingest/create-ingest.ts'
import { registeredNames } from './metadata/clients.ts'
import { type MetadataDatabase, openMetadata } from './metadata/database.ts'
import { findOrganization } from './metadata/organizations.ts'
import { listRouteTemplates } from './metadata/route-templates.ts'
import { addUnmatchedPaths } from './metadata/unmatched-paths.ts'
import { createExecutions } from './query/execution-engine.ts'
import { createSynchronousQueries } from './query/synchronous-engine.ts'
import { openDuckDbStore } from './store/duckdb/duckdb-store.ts'
import { duckDbParquetWriter } from './store/duckdb/parquet-writer.ts'
import type { UsageStore } from './store/usage-store.ts'
import { createLog } from './telemetry/log.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { createTemplateResolver } from './templates/template-resolver.ts'
import { retentionStart, startUpkeep } from './upkeep.ts'

const MIB = 1024 * 1024
/** Bodies under way, decompressed: some of the largest at once. */
const BYTES_IN_FLIGHT = 256 * MIB

export interface RunningServer {
  /** Where it listens. */
  readonly url: string
  /** /readyz turns 503, requests under way finish, what was received is committed. */
  stop(): Promise<void>
}

/** What surrounds the server; a test brings its own. */
export interface Surroundings {
  readonly now?: () => number
  /** Where the lines for people go; the standard output by default. */
  readonly print?: (text: string) => void
  /** Whether a person reads them: a generated secret is printed to people only (decisions.md 22). */
  readonly isTerminal?: boolean
  /** The folder of the built dashboard; without one, / is a plain page. */
  readonly dashboardFolder?: string
}

/**
 * Starts everything, in the order in which it depends on one another, and prints `routemeter listening on …` when it is
 * ready. What was started is stopped again when a later part fails.
 * @throws DataFolderProblem, or what listening fails with.
 */
export async function startServer(config: Config, surroundings: Surroundings = {}): Promise<RunningServer> {
  const { now = Date.now, print = console.log, isTerminal = process.stdout.isTTY } = surroundings
  await using started = new AsyncDisposableStack()
  const log = createLog(config.logLevel)
  const folder = openDataFolder(config.data)
  const store = started.use(await openStore(config, folder.usageFile, now, log))
  const metadata = await openMetadata(folder.metadataFile, undefined, folder.isInUse)
  started.defer(() => metadata.destroy())
  folder.seal()
  await finishDeletions(metadata, (organizationId) => store.erase(organizationId))
  const first = await firstClient(
    config,
    metadata,
    now(),
    config.demo || !isTerminal ? folder.firstClientSecretFile : undefined,
  )

  const parts = joinParts(config, { store, metadata, log, now, started })
  const { retentionMonths, upkeepSeconds } = config
  const { keepUnmatched } = parts
  started.use(startUpkeep({ store, keepUnmatched, log, now, retentionMonths, everyMs: upkeepSeconds * 1000 }))
  const demo = config.demo && first !== undefined ? await openDemo({ ...parts, metadata, now, log }, first) : undefined
  let isReady = true
  const https = tlsOf(config)
  const app = await createApp(
    {
      ...{ ...parts, store, metadata, settings: config, version: manifest.version, now, isReady: () => isReady },
      dashboard: readDashboard(surroundings.dashboardFolder),
    },
    { log, metrics: parts.metrics, ...(https === undefined ? {} : { https }) },
  )
  started.defer(() => closeWithin(app, config.shutdownSeconds * 1000))
  await app.listen({ host: config.host, port: config.port })
  if (config.demoTraffic && demo !== undefined) started.use(demo.goOn())
  const url = urlOf(config, app.server.address())

  print(
    announcement(
      await toAnnounce(config, {
        url,
        first,
        isTerminal,
        secretFile: folder.firstClientSecretFile,
        identity: parts.identity,
        demo,
      }),
    ),
  )
  print(`routemeter listening on ${url}`)
  const running = started.move()
  return {
    url,
    async stop() {
      isReady = false
      await running.disposeAsync()
    },
  }
}

interface Opened {
  readonly store: UsageStore
  readonly metadata: MetadataDatabase
  readonly log: Log
  readonly now: () => number
  readonly started: AsyncDisposableStack
}

function openStore(config: Config, path: string, now: () => number, log: Log): Promise<UsageStore> {
  const caps: Record<InternedDimension, number> = {
    clientId: config.capClientId,
    userId: config.capUserId,
    templateUri: config.capTemplateUri,
    httpMethod: config.capHttpMethod,
    platform: config.capPlatform,
  }
  const { dedupeDays } = config
  const dedupeMemoryBytes = config.dedupeMemoryMb * MIB
  return openDuckDbStore({ path, now, log, caps, dedupeDays, dedupeMemoryBytes, memoryLimitMb: config.storeMemoryMb })
}

/** The parts between the store and HTTP; disposed of in the opposite order. */
function joinParts(config: Config, { store, metadata, log, now, started }: Opened) {
  const metrics = createMetrics({ version: manifest.version })
  const identity = createIdentity({ metadata, now, log, issuers: issuersOf(config) })
  const resolver = createTemplateResolver({
    templatesOf: (organizationId) => listRouteTemplates(metadata, organizationId),
    caseSensitivePaths: config.caseSensitivePaths,
  })
  const keepUnmatched = () => addUnmatchedPaths(metadata, resolver.unmatched.drain(), now())
  started.defer(keepUnmatched)
  const clientNamesFor = async ({ organizationIds }: Scope) =>
    registeredNames(metadata, organizationIds, await store.authorizedClients(organizationIds))
  const executions = createExecutions({
    metadata,
    store,
    clientNamesFor,
    restoreScope,
    now,
    log,
    metrics,
    limits: {
      maxConcurrentExecutions: config.maxConcurrentExecutions,
      resultHours: config.resultHours,
      maxQueuedPerOrganization: config.maxQueuedExecutions,
      maxKeptBytesPerOrganization: config.maxKeptResultMb * MIB,
      timeoutMs: config.executionTimeoutSeconds * 1000,
    },
  })
  started.use(executions)
  const queries = createSynchronousQueries({
    store,
    clientNamesFor,
    now,
    limits: {
      atOnce: config.maxConcurrentExecutions,
      mostWaiting: config.maxQueuedExecutions,
      timeoutMs: config.queryTimeoutSeconds * 1000,
    },
  })
  const ingest = createIngest({
    store,
    resolver,
    organizationExists: async (organizationId) => (await findOrganization(metadata, organizationId)) !== undefined,
    now,
    oldestKept: () => retentionStart(config.retentionMonths, now()),
    limits: {
      groupCommitMs: config.groupCommitMs,
      groupCommitEvents: config.groupCommitEvents,
      maxEventsInFlight: config.maxEventsInFlight,
      maxBytesInFlight: BYTES_IN_FLIGHT,
      readerThreads: config.readerThreads,
    },
    log,
    metrics,
  })
  started.use(ingest)
  return { identity, resolver, keepUnmatched, executions, queries, parquet: duckDbParquetWriter, ingest, metrics }
}

/** The issuers with this server's client secrets there, which come on a way of their own (decisions.md 21). */
function issuersOf({ issuers, signInSecrets }: Config): readonly TrustedIssuer[] {
  const secrets = new Map(Object.entries(signInSecrets ?? {}))
  return issuers.map((issuer) => {
    const clientSecret = secrets.get(issuer.signIn?.id ?? '')
    if (issuer.signIn === undefined || clientSecret === undefined) return issuer
    return { ...issuer, signIn: { ...issuer.signIn, clientSecret } }
  })
}

/** The demo's secret is kept to be printed by every start; otherwise it is printed once to a person, or kept for one. */
function firstClient(
  { demo, clientId, clientSecret }: Config,
  metadata: MetadataDatabase,
  now: number,
  secretFile: string | undefined,
): Promise<FirstClient | undefined> {
  const organization = demo ? { id: 'demo', name: 'Demo' } : { name: 'Default' }
  return ensureFirstClient(metadata, { organization, clientId, clientSecret, secretFile }, now)
}

interface ToAnnounce {
  readonly url: string
  readonly first: FirstClient | undefined
  readonly isTerminal: boolean
  readonly secretFile: string
  readonly identity: Identity
  readonly demo: Demo | undefined
}

async function toAnnounce(
  config: Config,
  { url, first, isTerminal, secretFile, identity, demo }: ToAnnounce,
): Promise<Announcement> {
  const tellsSecret = config.demo || first?.secretIs === 'generated'
  const isKept = !config.demo && first?.secretIs === 'generated' && !isTerminal
  const invites = first !== undefined && (config.demo || first.created)
  return {
    version: manifest.version,
    url: config.publicUrl ?? url,
    data: config.data,
    signInCode: invites ? await identity.newSignInCode(first.clientId) : undefined,
    clientId: tellsSecret ? first?.clientId : undefined,
    clientSecret: isKept ? undefined : (first?.secret ?? (config.demo ? config.clientSecret : undefined)),
    secretFile: isKept ? secretFile : undefined,
    demoCalls: demo?.calls,
  }
}

/** Requests under way finish; a sender that never ends its own does not keep the server. */
async function closeWithin(app: FastifyInstance, milliseconds: number): Promise<void> {
  const deadline = setTimeout(() => app.server.closeAllConnections(), milliseconds)
  await app.close()
  clearTimeout(deadline)
}

function tlsOf({ tlsCert, tlsKey }: Config): { cert: Buffer; key: Buffer } | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  return { cert: readFileSync(tlsCert), key: readFileSync(tlsKey) }
}

function urlOf(config: Config, address: { port: number } | string | null): string {
  const port = typeof address === 'object' && address !== null ? address.port : config.port
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return `${config.tlsCert === undefined ? 'http' : 'https'}://${host}:${port}`
}
