import {
  BIGINT,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  UBIGINT,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api'
import { inTransaction } from './transaction.ts'

/** One column of the rows that are appended to a table. */
export interface AppendColumn {
  readonly type: DuckDBType
  readonly valueAt: (row: number) => DuckDBValue
}

/** DuckDB's vectors have 2,048 places. */
const CHUNK_ROWS = 2048
const SMALL = Array.from({ length: 1024 }, (_, value) => BigInt(value))

export const integerColumn = (valueAt: (row: number) => number): AppendColumn => ({ type: INTEGER, valueAt })
export const tinyColumn = (valueAt: (row: number) => number): AppendColumn => ({ type: UTINYINT, valueAt })
export const textColumn = (valueAt: (row: number) => string): AppendColumn => ({ type: VARCHAR, valueAt })
export const unsignedColumn = (valueAt: (row: number) => bigint): AppendColumn => ({ type: UBIGINT, valueAt })
/** Whole numbers; NaN is NULL. */
export const bigintColumn = (valueAt: (row: number) => number): AppendColumn => ({
  type: BIGINT,
  valueAt: (row) => {
    const value = valueAt(row)
    return Number.isNaN(value) ? null : (SMALL[value] ?? BigInt(value))
  },
})

/** The connection that commits. */
export class Writer {
  readonly #connect: () => Promise<DuckDBConnection>
  #connection: DuckDBConnection
  #appenders: DuckDBAppender[] = []

  private constructor(connect: () => Promise<DuckDBConnection>, connection: DuckDBConnection) {
    this.#connect = connect
    this.#connection = connection
  }

  static async open(connect: () => Promise<DuckDBConnection>): Promise<Writer> {
    return new Writer(connect, await connect())
  }

  get connection(): DuckDBConnection {
    return this.#connection
  }

  /**
   * Runs `work`, which may append, in a transaction. An appender whose flush failed would try again when it is garbage
   * collected, outside of any transaction; so after a failure the connection is closed under it, and only then let go.
   */
  async transaction(work: () => Promise<void>): Promise<void> {
    try {
      await inTransaction(this.#connection, work)
      this.#appenders = []
    } catch (error) {
      this.#connection.disconnectSync()
      this.#appenders = []
      this.#connection = await this.#connect()
      throw error
    }
  }

  /** Appends rows to a table, in the transaction that is open. */
  async append(table: string, count: number, columns: readonly AppendColumn[]): Promise<void> {
    if (count === 0) return
    const appender = await this.#connection.createAppender(table)
    this.#appenders.push(appender)
    for (let first = 0; first < count; first += CHUNK_ROWS) {
      appender.appendDataChunk(chunkOf(first, Math.min(CHUNK_ROWS, count - first), columns))
    }
    appender.closeSync()
  }

  close(): void {
    this.#connection.disconnectSync()
  }
}

function chunkOf(first: number, count: number, columns: readonly AppendColumn[]): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create(
    columns.map((column) => column.type),
    count,
  )
  for (const [index, column] of columns.entries()) {
    const vector = chunk.getColumnVector(index)
    for (let row = 0; row < count; row++) vector.setItem(row, column.valueAt(first + row))
    vector.flush()
  }
  return chunk
}
