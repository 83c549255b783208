import type { InternedDimension } from '../../domain/catalogue.ts'
import type { EventBatch } from '../../domain/event-batch.ts'
import type { Log } from '../../domain/log.ts'
import type { Scope } from '../../domain/scope.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import {
  type QueryOptions,
  StoreUnavailable,
  type TemplateMove,
  type UsageStore,
  type UsageWatcher,
  type ValueSearch,
} from '../usage-store.ts'
import { CommitRefused } from './failures.ts'
import { Session, type SessionOptions } from './session.ts'
import { Watchers } from './watchers.ts'

export interface DuckDbStoreOptions {
  /** The database file; its folder is made. A `.wal` file and a `.tmp` folder lie beside it. */
  readonly path: string
  readonly now: () => number
  readonly log: Log
  /** Different values of a dimension that an organization may have; the catalogue's unless given (decisions.md 4). */
  readonly caps?: Partial<Record<InternedDimension, number>>
  /** Days for which event ids are remembered after the day on which they arrived. */
  readonly dedupeDays?: number
  /** What event ids may take of memory; past it commits stay right but become slow. */
  readonly dedupeMemoryBytes?: number
  /** New event ids after which what is in memory of them is saved for the next start: it reads a million in some 150 ms. */
  readonly idsToSave?: number
  /** What DuckDB may use for its work before it spills to disk. */
  readonly memoryLimitMb?: number
  /** Threads that one statement may use; by default as many as there are cores. */
  readonly threads?: number
  /** Queries that run at once; the others wait. Each takes one of libuv's threads, of which commits need one. */
  readonly readers?: number
  /** The length of the write-ahead log at which it is moved into the file. */
  readonly checkpointBytes?: number
  /** With less free disk than this nothing is committed, so that queries go on. */
  readonly reservedDiskBytes?: number
}

const MIB = 2 ** 20

/**
 * Opens the embedded store, making or upgrading its file.
 * @throws DataFolderProblem when the file is in use, damaged, not ours, or a newer Routemeter's.
 */
export async function openDuckDbStore(options: DuckDbStoreOptions): Promise<UsageStore> {
  const complete: SessionOptions = {
    path: options.path,
    now: options.now,
    log: options.log,
    watchers: new Watchers(options.log),
    caps: options.caps ?? {},
    dedupeDays: options.dedupeDays ?? 35,
    dedupeMemoryBytes: options.dedupeMemoryBytes ?? 512 * MIB,
    idsToSave: options.idsToSave ?? 200_000,
    memoryLimitMb: options.memoryLimitMb ?? 512,
    threads: options.threads,
    readers: options.readers ?? 3,
    checkpointBytes: options.checkpointBytes ?? 64 * MIB,
    reservedDiskBytes: options.reservedDiskBytes ?? 64 * MIB,
  }
  return new DuckDbStore(complete, await Session.open(complete))
}

/** Goes on in a new session when one breaks, so that a disk that was full for a while needs no restart. */
class DuckDbStore implements UsageStore {
  readonly #options: SessionOptions
  #session: Session
  #reopening: Promise<void> | undefined
  #isClosed = false
  /** Commits that queries wait for. */
  #first: Promise<unknown> = Promise.resolve()

  constructor(options: SessionOptions, session: Session) {
    this.#options = options
    this.#session = session
  }

  get identityKey() {
    return this.#session.identityKey
  }

  async organizationNumber(organizationId: string) {
    return (await this.#whole()).organizationNumber(organizationId)
  }

  /** A commit never fails for the memory that queries take: they end, and it goes before them in a new session. */
  async commit(batches: readonly EventBatch[]) {
    try {
      return await (await this.#whole()).commit(batches)
    } catch (error) {
      if (!(error instanceof CommitRefused)) throw error
      const again = this.#whole().then((session) => session.commit(batches))
      this.#first = Promise.allSettled([this.#first, again])
      return again
    }
  }

  async query(scope: Scope, query: UsageQuery, options?: QueryOptions) {
    await this.#whole()
    await this.#first
    return (await this.#whole()).query(scope, query, options)
  }

  async authorizedClients(organizationIds: readonly string[]) {
    return (await this.#whole()).authorizedClients(organizationIds)
  }

  async organizationsOf(clientId: string) {
    return (await this.#whole()).organizationsOf(clientId)
  }

  async authorize(organizationId: string, clientId: string) {
    return (await this.#whole()).authorize(organizationId, clientId)
  }

  async withdraw(organizationId: string, clientId: string) {
    return (await this.#whole()).withdraw(organizationId, clientId)
  }

  async countedTemplates(organizationId: string) {
    return (await this.#whole()).countedTemplates(organizationId)
  }

  async moveTemplates(organizationId: string, moves: readonly TemplateMove[]) {
    const calls = await (await this.#whole()).moveTemplates(organizationId, moves)
    if (calls.some((count) => count > 0)) this.#options.watchers.recounted(organizationId)
    return calls
  }

  async dimensionValues(organizationId: string, search: ValueSearch) {
    return (await this.#whole()).dimensionValues(organizationId, search)
  }

  watch(organizationId: string, watcher: UsageWatcher) {
    return this.#options.watchers.add(organizationId, watcher)
  }

  async describe(organizationId: string) {
    return (await this.#whole()).describe(organizationId)
  }

  async erase(organizationId: string) {
    await (await this.#whole()).erase(organizationId)
    this.#options.watchers.recounted(organizationId)
  }

  async retain(before: number, signal?: AbortSignal) {
    return (await this.#whole()).retain(before, signal)
  }

  async maintain(signal?: AbortSignal) {
    return (await this.#whole()).maintain(signal)
  }

  async [Symbol.asyncDispose]() {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#reopening?.catch(() => undefined)
    await this.#session.close()
  }

  async #whole(): Promise<Session> {
    if (this.#isClosed) throw new StoreUnavailable('The store is closing.')
    if (this.#session.isBroken) {
      this.#reopening ??= this.#reopen().finally(() => {
        this.#reopening = undefined
      })
      await this.#reopening
    }
    return this.#session
  }

  async #reopen(): Promise<void> {
    try {
      await this.#session.close()
      this.#session = await Session.open(this.#options)
      this.#options.log.warn(
        {},
        'the usage file was opened anew after a failure; nothing that was acknowledged is lost',
      )
    } catch (cause) {
      throw new StoreUnavailable('The store cannot be opened now; try again later.', { cause })
    }
  }
}
