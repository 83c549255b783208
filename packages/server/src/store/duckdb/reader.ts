import type { DuckDBConnection, DuckDBResult, DuckDBValue } from '@duckdb/node-api'
import { StoreUnavailable, type UsageValue } from '../usage-store.ts'
import type { ConnectionPool } from './connection-pool.ts'
import { isInterrupted, isNothingToRollBack } from './failures.ts'
import { bound, rowsOf, type Statement } from './sql.ts'

type Row = readonly UsageValue[]

const INTERRUPT_EVERY_MS = 20

/**
 * One snapshot of the database, on a connection of its own: small reads, then the rows of one statement in chunks. The
 * connection goes back when the rows are read to the end, given up, aborted, or when the store closes.
 */
export class Reader implements AsyncIterableIterator<readonly Row[]> {
  readonly #pool: ConnectionPool
  readonly #signal: AbortSignal | undefined
  readonly #onAbort = () => this.#interrupt()
  #connection: DuckDBConnection | undefined
  #result: DuckDBResult | undefined
  /** One thing at a time on the connection, whoever calls. */
  #last: Promise<unknown> = Promise.resolve()
  #isStoreClosing = false
  #insisting: NodeJS.Timeout | undefined

  private constructor(pool: ConnectionPool, signal: AbortSignal | undefined) {
    this.#pool = pool
    this.#signal = signal
  }

  /** @throws StoreUnavailable when the store is closing, the signal's reason when it is aborted. */
  static async open(pool: ConnectionPool, signal?: AbortSignal): Promise<Reader> {
    const reader = new Reader(pool, signal)
    reader.#connection = await pool.lease(() => reader.#leave(), signal)
    signal?.addEventListener('abort', reader.#onAbort, { once: true })
    try {
      await reader.#connection.run('BEGIN TRANSACTION READ ONLY')
    } catch (error) {
      await reader.#release()
      throw error
    }
    return reader
  }

  rows(sql: string, values?: Statement['values']): Promise<readonly (readonly DuckDBValue[])[]> {
    return this.#inTurn((connection) => rowsOf(connection, sql, values))
  }

  start({ text, values }: Statement): Promise<void> {
    return this.#inTurn(async (connection) => {
      this.#result = await connection.stream(text, ...bound(values))
    })
  }

  async next(): Promise<IteratorResult<readonly Row[], undefined>> {
    const rows = await this.#inTurn(() => this.#fetch())
    return rows === undefined ? { done: true, value: undefined } : { done: false, value: rows }
  }

  async return(): Promise<IteratorResult<readonly Row[], undefined>> {
    this.#interrupt()
    await this.#exclusively(() => this.#release())
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #fetch(): Promise<readonly Row[] | undefined> {
    const chunk = await this.#result?.fetchChunk()
    if (chunk && chunk.rowCount > 0) return rowsOfColumns(chunk.getColumns(), chunk.rowCount)
    this.#result = undefined
    await this.#release()
    return undefined
  }

  /** Runs `work` unless aborted or closed; gives the connection back when it fails. */
  #inTurn<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T | never> {
    return this.#exclusively(async () => {
      try {
        this.#throwIfEnded()
        if (this.#connection === undefined) return undefined as T
        return await work(this.#connection)
      } catch (error) {
        await this.#release()
        if (isInterrupted(error)) this.#throwIfEnded()
        throw this.#pool.failure(error)
      }
    })
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  #throwIfEnded(): void {
    this.#signal?.throwIfAborted()
    if (this.#isStoreClosing) throw new StoreUnavailable('The store is closing.')
  }

  /** A statement that is only about to begin would not notice: it is told again until what is under way has ended. */
  #interrupt(): void {
    this.#connection?.interrupt()
    this.#insisting ??= setInterval(() => this.#connection?.interrupt(), INTERRUPT_EVERY_MS)
    void this.#last.then(() => {
      clearInterval(this.#insisting)
      this.#insisting = undefined
    })
  }

  #leave(): void {
    this.#isStoreClosing = true
    this.#interrupt()
    void this.#exclusively(() => this.#release())
  }

  async #release(): Promise<void> {
    const connection = this.#connection
    if (connection === undefined) return
    this.#connection = undefined
    this.#signal?.removeEventListener('abort', this.#onAbort)
    try {
      await endResult(connection, this.#result)
      await connection.run('ROLLBACK')
    } catch (error) {
      if (!isNothingToRollBack(error)) return this.#pool.discard(connection)
    } finally {
      this.#result = undefined
    }
    this.#pool.giveBack(connection)
  }
}

/** A result that is not read to its end keeps the database open after it was closed, until it is garbage collected. */
async function endResult(connection: DuckDBConnection, result: DuckDBResult | undefined): Promise<void> {
  if (result === undefined) return
  try {
    for (;;) {
      const fetched = result.fetchChunk()
      connection.interrupt()
      const chunk = await fetched
      if (chunk === null || chunk.rowCount === 0) return
    }
  } catch (error) {
    if (!isInterrupted(error)) throw error
  }
}

function rowsOfColumns(columns: readonly (readonly DuckDBValue[])[], count: number): readonly Row[] {
  return Array.from({ length: count }, (_, row) => columns.map((column) => asUsageValue(column[row] ?? null)))
}

function asUsageValue(value: DuckDBValue): UsageValue {
  if (typeof value !== 'bigint') return value as UsageValue
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}
