import {
  BIGINT,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBPreparedStatement,
  type DuckDBType,
  INTEGER,
  UBIGINT,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import { CommitRecord } from './commit-record.ts'
import type { Database } from './database.ts'
import { inTransaction } from './transaction.ts'

/** One column of the rows that are appended to a table. */
export interface AppendColumn {
  readonly type: DuckDBType
  /** Puts the values of the rows `first` to `first + count` into the chunk's column. */
  readonly fill: (chunk: DuckDBDataChunk, column: number, first: number, count: number) => void
}

/** DuckDB's vectors have 2,048 places. */
const CHUNK_ROWS = 2048

/** What goes to DuckDB is written here first, then copied as a whole: a call for every value costs more than the rest. */
const scratch = new ArrayBuffer(CHUNK_ROWS * 8)
const words = new Int32Array(scratch)
const HIGH_WORD = 2 ** 32

export const integerColumn = (valueAt: (row: number) => number): AppendColumn => ({
  type: INTEGER,
  fill(chunk, column, first, count) {
    for (let row = 0; row < count; row++) words[row] = valueAt(first + row)
    copy(chunk, column, count * 4)
  },
})

const bytes = new Uint8Array(scratch)
export const tinyColumn = (valueAt: (row: number) => number): AppendColumn => ({
  type: UTINYINT,
  fill(chunk, column, first, count) {
    for (let row = 0; row < count; row++) bytes[row] = valueAt(first + row)
    copy(chunk, column, count)
  },
})

export const textColumn = (valueAt: (row: number) => string): AppendColumn => ({
  type: VARCHAR,
  fill(chunk, column, first, count) {
    chunk.setColumnValues(
      column,
      Array.from({ length: count }, (_, row) => valueAt(first + row)),
    )
  },
})

/** Whole numbers of at most 2^53. */
export const bigintColumn = (valueAt: (row: number) => number): AppendColumn => ({
  type: BIGINT,
  fill(chunk, column, first, count) {
    for (let row = 0; row < count; row++) {
      const value = valueAt(first + row)
      const high = Math.floor(value / HIGH_WORD)
      words[row * 2] = value - high * HIGH_WORD
      words[row * 2 + 1] = high
    }
    copy(chunk, column, count * 8)
  },
})

/** What lies in memory as DuckDB has it; for UBIGINT in two words each, the lower one first. */
export const valuesColumn = (
  type: DuckDBType,
  values: Int16Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>,
): AppendColumn => {
  const size = type === UBIGINT ? 8 : values.BYTES_PER_ELEMENT
  return {
    type,
    fill(chunk, column, first, count) {
      const vector = duckdb.data_chunk_get_vector(chunk.chunk, column)
      duckdb.copy_data_to_vector(vector, 0, values.buffer, values.byteOffset + first * size, count * size)
    },
  }
}

function copy(chunk: DuckDBDataChunk, column: number, byteCount: number): void {
  duckdb.copy_data_to_vector(duckdb.data_chunk_get_vector(chunk.chunk, column), 0, scratch, 0, byteCount)
}

/** The connection that commits. */
export class Writer {
  readonly #connect: () => Promise<DuckDBConnection>
  readonly #record: CommitRecord
  #connection: DuckDBConnection
  #numbering: DuckDBPreparedStatement | undefined
  #appenders: DuckDBAppender[] = []
  readonly #chunks = new Map<string, DuckDBDataChunk>()

  private constructor(connect: () => Promise<DuckDBConnection>, connection: DuckDBConnection, record: CommitRecord) {
    this.#connect = connect
    this.#connection = connection
    this.#record = record
  }

  /** @throws DataFolderProblem when the database lacks a commit. */
  static async open({ connect, path }: Pick<Database, 'connect' | 'path'>): Promise<Writer> {
    const connection = await connect()
    return new Writer(connect, connection, await CommitRecord.open(connection, path))
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
      await inTransaction(this.#connection, async () => {
        await work()
        await this.#writeNumber()
      })
      this.#record.committed()
      this.#appenders = []
    } catch (error) {
      this.#connection.disconnectSync()
      this.#appenders = []
      this.#connection = await this.#connect()
      this.#numbering = undefined
      throw error
    }
  }

  /** Prepared, because it is in every commit, and takes half of an appender's time. */
  async #writeNumber(): Promise<void> {
    this.#numbering ??= await this.#connection.prepare("INSERT INTO setting VALUES ('commit', $1)")
    this.#numbering.bindBigInt(1, BigInt(this.#record.next))
    await this.#numbering.run()
  }

  /** Appends rows to a table, in the transaction that is open. */
  async append(table: string, count: number, columns: readonly AppendColumn[]): Promise<void> {
    if (count === 0) return
    const appender = await this.#connection.createAppender(table)
    this.#appenders.push(appender)
    for (let first = 0; first < count; first += CHUNK_ROWS) {
      const rows = Math.min(CHUNK_ROWS, count - first)
      const chunk = this.#emptyChunk(table, columns, rows)
      for (const [index, column] of columns.entries()) column.fill(chunk, index, first, rows)
      appender.appendDataChunk(chunk)
    }
    appender.closeSync()
  }

  /** The appender takes a copy, so that one chunk of numbers serves all appends to a table; texts lie outside of it. */
  #emptyChunk(table: string, columns: readonly AppendColumn[], rows: number): DuckDBDataChunk {
    const types = columns.map((column) => column.type)
    if (types.includes(VARCHAR)) return DuckDBDataChunk.create(types, rows)
    const chunk = this.#chunks.get(table) ?? DuckDBDataChunk.create(types)
    this.#chunks.set(table, chunk)
    chunk.reset()
    chunk.rowCount = rows
    return chunk
  }

  close(): void {
    this.#connection.disconnectSync()
    this.#record.close()
  }
}
