import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anEvent } from '../domain/an-event.ts'
import type { Log } from '../domain/log.ts'
import type { Scope } from '../domain/scope.ts'
import type { UsageEvent } from '../domain/usage-event.ts'
import type { UsageQuery } from '../domain/usage-query.ts'
import { type MetadataDatabase, openMetadata } from '../metadata/database.ts'
import type { UsageStore } from '../store/usage-store.ts'
import { createExecutions } from './execution-engine.ts'
import type { Execution, Executions, Submission } from './executions.ts'
import type { UsageRow } from './kept-rows.ts'
import { ObservedStore } from './observed-store.ts'
import type { ExecutionLimits, ExecutionParts } from './turn.ts'

export type Engine = ReturnType<typeof createExecutions>

/** What a test has to bring, because this folder imports neither an engine of the store nor the maker of scopes. */
export interface Brought {
  readonly openStore: (folder: string) => Promise<UsageStore>
  readonly makeScope: (organizationIds: readonly string[], clientId?: string) => Scope
}

/** For tests: a data folder with a real store and real metadata, and as many engines over it as a test starts. */
export interface TestInstallation extends AsyncDisposable {
  readonly store: UsageStore
  readonly metadata: MetadataDatabase
  readonly observed: ObservedStore
  readonly clock: { now: number }
  readonly logged: {
    readonly level: string
    readonly fields: { err?: Error; executionId?: string }
    readonly message: string
  }[]
  /** Starts an engine, disposed with the installation. */
  start(parts?: Partial<Omit<ExecutionParts, 'limits'>> & { limits?: Partial<ExecutionLimits> }): Engine
  /** What an organization asks of its own usage. */
  submission(organizationId?: string, query?: Partial<UsageQuery>): Submission
  /** The metadata, or such a copy of it, as a process finds it that starts after this one was killed now. */
  afterKill(of?: MetadataDatabase): Promise<MetadataDatabase>
}

export const NOW = Date.UTC(2026, 10, 23, 12)
const LIMITS: ExecutionLimits = {
  maxConcurrentExecutions: 2,
  resultHours: 24,
  maxQueuedPerOrganization: 10_000,
  maxKeptBytesPerOrganization: 1 << 30,
  timeoutMs: 600_000,
}

export async function install({ openStore, makeScope }: Brought): Promise<TestInstallation> {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-query-'))
  const store = await openStore(folder)
  const observed = new ObservedStore(store)
  const metadata = await openMetadata(join(folder, 'metadata-0'))
  const databases = [metadata]
  const engines: Engine[] = []
  const clock = { now: NOW }
  const logged: TestInstallation['logged'] = []
  return {
    store,
    metadata,
    observed,
    clock,
    logged,
    start(parts = {}) {
      const engine = createExecutions({
        metadata,
        store: observed,
        clientNamesFor: async () => [],
        restoreScope: (record) => makeScope(record.organizationIds, record.clientId),
        now: () => clock.now,
        log: logInto(logged),
        ...parts,
        limits: { ...LIMITS, ...parts.limits },
      })
      engines.push(engine)
      return engine
    },
    submission(organizationId = 'acme', query = {}) {
      const scope = makeScope([organizationId])
      return { organizationId, operation: 'usage.query', clientId: '', scope, query: { ...BY_CLIENT, ...query } }
    },
    async afterKill(of = metadata) {
      const killed = join(folder, `metadata-${databases.indexOf(of)}`)
      const found = join(folder, `metadata-${databases.length}`)
      for (const suffix of ['', '-wal'].filter((end) => existsSync(killed + end))) {
        copyFileSync(killed + suffix, found + suffix)
      }
      const copy = await openMetadata(found)
      databases.push(copy)
      return copy
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()))
      for (const database of databases) await database.destroy()
      await store[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

function logInto(logged: TestInstallation['logged']): Log {
  const at = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** One call by each of so many clients, in the order of their ids. */
export function manyClients(organizationId: string, count: number): UsageEvent[] {
  return Array.from({ length: count }, (_, index) =>
    anEvent({ organizationId, clientId: String(index).padStart(6, '0') }),
  )
}

/** Calls by client over October 2026. */
const BY_CLIENT: UsageQuery = {
  interval: { start: Date.UTC(2026, 9, 1), end: Date.UTC(2026, 10, 1) },
  timeZone: 'UTC',
  granularity: undefined,
  groupBy: ['clientId'],
  metrics: ['requests'],
  filters: {},
  sortBy: [],
}

/** The execution as its owner finds it, with all its rows. */
export async function resultOf(executions: Executions, execution: Execution, first?: number, count?: number) {
  const found = await executions.find(execution)
  const rows: UsageRow[] = []
  if (found !== undefined) for await (const chunk of executions.rows(found, first, count)) rows.push(...chunk)
  return { state: found?.state, rows }
}
