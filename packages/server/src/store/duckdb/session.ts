import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { DAY_MS, MINUTE_MS } from '../../domain/bucket.ts'
import { DIMENSIONS, INTERNED_DIMENSIONS, type InternedDimension } from '../../domain/catalogue.ts'
import type { EventBatch } from '../../domain/event-batch.ts'
import type { Log } from '../../domain/log.ts'
import type { Scope } from '../../domain/scope.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import {
  type AuthorizedClient,
  type CommitReceipt,
  type DimensionValue,
  type OrganizationUsage,
  type QueryOptions,
  StoreUnavailable,
  type TemplateMove,
  type UsageResult,
  type ValueSearch,
} from '../usage-store.ts'
import { ageMinutes, readWatermark } from './aging.ts'
import { answerQuery } from './answer-query.ts'
import { authorizeClient, withdrawClient } from './authorization.ts'
import { type CommitParts, commitBatches } from './commit.ts'
import { dropEarlierCommits } from './commit-record.ts'
import { compactMonths } from './compaction.ts'
import { ConnectionPool } from './connection-pool.ts'
import { asProblem, type Database, openDatabase } from './database.ts'
import { dimensionValuesOf } from './dimension-values.ts'
import { EventIds } from './event-ids/event-ids.ts'
import { asCallersSee, CommitRefused, isCheckpointBusy, isFatal, isOutOfMemory, RollbackFailed } from './failures.ts'
import { authorizedIn, organizationsOfClient, templatesOf, usageOf } from './first-look.ts'
import { fold, type Pause } from './fold.ts'
import { moveTemplates } from './move-templates.ts'
import { Organizations } from './organizations.ts'
import { dropBefore, eraseOrganization } from './removal.ts'
import { Tenants } from './tenants.ts'
import type { Watchers } from './watchers.ts'
import { WriteQueue } from './write-queue.ts'
import { Writer } from './writer.ts'

export interface SessionOptions {
  readonly path: string
  readonly now: () => number
  readonly log: Log
  /** They outlive a session that breaks. */
  readonly watchers: Watchers
  readonly caps: Partial<Record<InternedDimension, number>>
  readonly dedupeDays: number
  readonly dedupeMemoryBytes: number
  readonly idsToSave: number
  readonly memoryLimitMb: number
  readonly threads: number | undefined
  readonly readers: number
  readonly checkpointBytes: number
  readonly reservedDiskBytes: number
}

/** Dictionary values of all organizations that are held in memory, about 100 bytes each. */
const LARGEST_DICTIONARIES = 2_000_000
const LONGEST_PAUSE_MS = 500
const CHECKPOINT_FAILED = 'a checkpoint of the usage file failed'

/**
 * The opened file: one writer, some readers, one connection for upkeep. When DuckDB no longer trusts its memory, or ours
 * may differ from what is on disk, the session is broken for good; the file must be opened in a new one.
 */
export class Session {
  readonly #options: SessionOptions
  readonly #database: Database
  readonly #writer: Writer
  readonly #pool: ConnectionPool
  readonly #upkeep: DuckDBConnection
  readonly #organizations: Organizations
  readonly #ids: EventIds
  readonly #queue: WriteQueue
  readonly #tenants = new Tenants()
  readonly #commitParts: CommitParts
  #watermark: number
  #lastUpkeep: Promise<unknown>
  #isBroken = false
  #closing: Promise<void> | undefined
  #isCheckpointing = false
  #isInUpkeep = false
  #isMovingIds = false
  #commits = 0
  #commitsAtPause = 0
  readonly #ending = new AbortController()

  private constructor(
    options: SessionOptions,
    database: Database,
    parts: { writer: Writer; upkeep: DuckDBConnection; organizations: Organizations; ids: EventIds; watermark: number },
  ) {
    this.#options = options
    this.#database = database
    this.#writer = parts.writer
    this.#upkeep = parts.upkeep
    this.#organizations = parts.organizations
    this.#ids = parts.ids
    this.#lastUpkeep = parts.ids.loaded.catch(() => undefined)
    this.#watermark = parts.watermark
    this.#commitParts = {
      writer: parts.writer,
      organizations: parts.organizations,
      ids: parts.ids,
      watchers: options.watchers,
      now: options.now,
      minuteWatermark: () => this.#watermark,
    }
    this.#pool = new ConnectionPool(
      () => database.connect(),
      options.readers,
      (error) => this.#failure(error),
    )
    this.#queue = new WriteQueue((batches) => this.#commit(batches))
  }

  /** @throws DataFolderProblem */
  static async open(options: SessionOptions): Promise<Session> {
    const database = await openDatabase(options)
    try {
      return await Session.#read(database, options)
    } catch (error) {
      database.close()
      throw asProblem(database.path, error)
    }
  }

  static async #read(database: Database, options: SessionOptions): Promise<Session> {
    const { dedupeDays, dedupeMemoryBytes: memoryBytes, idsToSave, log, now } = options
    const { path } = database
    const writer = await Writer.open(database)
    const organizations = await Organizations.open(writer.connection, capsOf(options.caps), LARGEST_DICTIONARIES)
    const watermark = await readWatermark(writer.connection, now())
    const upkeep = await database.connect()
    const ids = await EventIds.open(upkeep, { path, dedupeDays, memoryBytes, idsToSave, log })
    return new Session(options, database, { writer, upkeep, organizations, ids, watermark })
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  get identityKey(): string {
    return this.#ids.key
  }

  async organizationNumber(organizationId: string): Promise<number> {
    const number = this.#organizations.numberAtHand(organizationId)
    if (number !== undefined) return number
    const ask = () => this.#organizations.numberOf(this.#writer.connection, organizationId)
    return this.#watched(() => this.#queue.alone(ask))
  }

  commit(batches: readonly EventBatch[]): Promise<CommitReceipt> {
    return this.#watched(() => this.#queue.commit(batches))
  }

  query(scope: Scope, query: UsageQuery, options?: QueryOptions): Promise<UsageResult> {
    return this.#watched(() => answerQuery(this.#pool, this.#tenants, scope, query, options))
  }

  authorizedClients(organizationIds: readonly string[]): Promise<readonly AuthorizedClient[]> {
    return this.#watched(() => authorizedIn(this.#pool, organizationIds))
  }

  organizationsOf(clientId: string): Promise<readonly string[]> {
    return this.#watched(() => organizationsOfClient(this.#pool, clientId))
  }

  authorize(organizationId: string, clientId: string): Promise<void> {
    return this.#alone(() => authorizeClient(this.#commitParts, organizationId, clientId))
  }

  withdraw(organizationId: string, clientId: string): Promise<boolean> {
    return this.#alone(() => withdrawClient(this.#commitParts, organizationId, clientId))
  }

  dimensionValues(organizationId: string, search: ValueSearch): Promise<readonly DimensionValue[]> {
    return this.#watched(() => dimensionValuesOf(this.#pool, organizationId, search))
  }

  describe(organizationId: string): Promise<OrganizationUsage> {
    return this.#watched(() => usageOf(this.#pool, organizationId))
  }

  countedTemplates(organizationId: string): Promise<readonly string[]> {
    return this.#watched(() => templatesOf(this.#pool, organizationId))
  }

  moveTemplates(organizationId: string, moves: readonly TemplateMove[]): Promise<readonly number[]> {
    const parts = {
      organizations: this.#organizations,
      writer: this.#writer,
      upkeep: this.#upkeep,
      alone: <T>(work: () => Promise<T>) => this.#queue.alone(work),
    }
    return this.#inUpkeep(async () => {
      await this.#checkFreeDisk()
      return moveTemplates(parts, organizationId, moves)
    })
  }

  erase(organizationId: string): Promise<void> {
    const erase = async () => {
      await eraseOrganization(this.#writer.connection, organizationId)
      this.#organizations.forget(organizationId)
      this.#tenants.erase(organizationId)
    }
    return this.#inUpkeep(() => this.#queue.alone(erase))
  }

  retain(before: number, signal?: AbortSignal): Promise<void> {
    return this.#inUpkeep(() => dropBefore(this.#upkeep, before, this.#watermark, this.#pauseUntil(signal)))
  }

  maintain(signal?: AbortSignal): Promise<void> {
    const pause = this.#pauseUntil(signal)
    return this.#inUpkeep(async () => {
      const now = this.#options.now()
      const connection = this.#upkeep
      await this.#checkFreeDisk()
      await fold(connection, this.#watermark / MINUTE_MS, pause)
      await ageMinutes(connection, this.#watermark, now, pause, (watermark) => {
        this.#watermark = watermark
      })
      await compactMonths(connection, pause)
      await this.#ids.move(connection, pause)
      await this.#saveIds(pause)
      await this.#ids.dropExpired(connection, Math.floor(now / DAY_MS), pause)
      await dropEarlierCommits(connection)
      await this.#queue.alone(() => this.#checkpoint())
    })
  }

  /** Finishes what was begun. A broken session is let go as it is: what it acknowledged is in the log. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#ending.abort(new StoreUnavailable('The store is closing.'))
    await this.#lastUpkeep.catch(() => undefined)
    await this.#queue.close()
    await this.#pool.close()
    if (!this.#isBroken) await this.#checkpoint().catch((err) => this.#noteFailure(err, CHECKPOINT_FAILED))
    this.#upkeep.disconnectSync()
    this.#writer.close()
    this.#database.close()
  }

  async #commit(batches: readonly EventBatch[]): Promise<readonly number[]> {
    if (this.#isBroken) throw new CommitRefused('The store is about to be opened anew.')
    await this.#checkFreeDisk()
    this.#commits++
    const duplicates = await this.#writing(() => commitBatches(this.#commitParts, batches))
    this.#moveIdsSoon()
    this.#checkpointSoon()
    return duplicates
  }

  /** Changes what commits rely on, while none runs. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#watched(() =>
      this.#queue.alone(async () => {
        await this.#checkFreeDisk()
        return this.#writing(work)
      }),
    )
  }

  /** What DuckDB has in memory after a write for which that did not suffice is not what it should be (CommitRefused). */
  async #writing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      if (!isOutOfMemory(cause)) throw cause
      this.#isBroken = true
      throw new CommitRefused('The store has too little memory beside its queries.', { cause })
    }
  }

  /**
   * The upkeep takes half of the time at most while somebody commits, and stops between two slices. DuckDB makes no
   * checkpoint while one runs: where slice follows slice, the log would grow without end.
   */
  #pauseUntil(stop?: AbortSignal): Pause {
    const signal = stop === undefined ? this.#ending.signal : AbortSignal.any([stop, this.#ending.signal])
    return async (milliseconds) => {
      signal.throwIfAborted()
      if (this.#isCheckpointDue) await this.#checkpointInTurn()
      if (this.#commits === this.#commitsAtPause) return
      this.#commitsAtPause = this.#commits
      await setTimeout(Math.min(milliseconds, LONGEST_PAUSE_MS), undefined, { signal }).catch(() => {})
      signal.throwIfAborted()
    }
  }

  #moveIdsSoon(): void {
    if (this.#isMovingIds || !this.#ids.isMoveDue) return
    this.#isMovingIds = true
    const pause = this.#pauseUntil()
    this.#inUpkeep(() => this.#ids.move(this.#upkeep, pause).then(() => this.#saveIds(pause)))
      .catch((err) => this.#noteFailure(err, 'event ids could not be sorted'))
      .finally(() => {
        this.#isMovingIds = false
      })
  }

  get #isCheckpointDue(): boolean {
    return !this.#isCheckpointing && this.#database.logSize() >= this.#options.checkpointBytes
  }

  /** Without it the next start is slow, and nothing else is wrong. */
  async #saveIds(pause: Pause): Promise<void> {
    if (!this.#ids.isSaveDue) return
    if ((await this.#freeDisk()) < 2 * this.#ids.bytesToSave + this.#options.reservedDiskBytes) return
    await this.#ids
      .save(this.#upkeep, pause)
      .catch((err) => this.#noteFailure(err, 'the filter of event ids could not be saved'))
  }

  /** A checkpoint holds up commits; small and often does so less than large and rare. It waits for its turn. */
  #checkpointSoon(): void {
    if (!this.#isInUpkeep && this.#isCheckpointDue) void this.#checkpointInTurn()
  }

  async #checkpointInTurn(): Promise<void> {
    this.#isCheckpointing = true
    try {
      await this.#queue.alone(() => this.#checkpoint())
    } catch (err) {
      this.#noteFailure(err, CHECKPOINT_FAILED)
    } finally {
      this.#isCheckpointing = false
    }
  }

  async #checkpoint(): Promise<void> {
    // One that runs out of disk half-way would make the database unusable; the log it empties is read at a start.
    if ((await this.#freeDisk()) < 2 * this.#database.logSize() + this.#options.reservedDiskBytes) return
    try {
      await this.#writer.connection.run('CHECKPOINT')
    } catch (error) {
      if (!isCheckpointBusy(error)) throw error
    }
  }

  /** Of work that nobody waits for; it is tried again. */
  #noteFailure(err: unknown, what: string): void {
    if (err instanceof StoreUnavailable) return
    this.#failure(err)
    this.#options.log.error({ err }, `${what}; nothing is lost`)
  }

  async #freeDisk(): Promise<number> {
    const { bavail, bsize } = await statfs(dirname(this.#database.path))
    return bavail * bsize
  }

  async #checkFreeDisk(): Promise<void> {
    if ((await this.#freeDisk()) < this.#options.reservedDiskBytes) throw new StoreUnavailable('The disk is full.')
  }

  /** Folding, erasing and retaining change the same rows: one at a time. */
  #inUpkeep<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastUpkeep.then(async () => {
      this.#isInUpkeep = true
      try {
        return await this.#watched(() => this.#writing(work))
      } finally {
        this.#isInUpkeep = false
      }
    })
    this.#lastUpkeep = turn.catch(() => undefined)
    return turn
  }

  async #watched<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.#failure(error)
    }
  }

  #failure(error: unknown): unknown {
    if (isFatal(error) || error instanceof RollbackFailed) this.#isBroken = true
    return asCallersSee(error)
  }
}

function capsOf(caps: Partial<Record<InternedDimension, number>>): Readonly<Record<InternedDimension, number>> {
  const entries = INTERNED_DIMENSIONS.map((name) => [name, caps[name] ?? DIMENSIONS[name].cap])
  return Object.fromEntries(entries)
}
