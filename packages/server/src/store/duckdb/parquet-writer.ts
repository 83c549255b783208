import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BIGINT,
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  HUGEINT,
  VARCHAR,
} from '@duckdb/node-api'
import type { ParquetColumn, ParquetWriter, UsageValue } from '../usage-store.ts'
import { rowsOf } from './sql.ts'

type Rows = readonly (readonly UsageValue[])[]

/** The most rows that DuckDB takes at once. */
const ROWS_AT_ONCE = 2048
const LARGEST_BIGINT = 2n ** 63n - 1n

/** How each kind of column is collected, and how it is written. */
const TYPES: Readonly<Record<ParquetColumn['kind'], DuckDBType>> = {
  instant: BIGINT,
  text: VARCHAR,
  integer: HUGEINT,
  fraction: DOUBLE,
}

/**
 * Has DuckDB write Parquet files: in an instance of its own, because the one that keeps the usage may touch no other
 * file, and in a folder of its own that is gone when the file was read.
 */
export const duckDbParquetWriter: ParquetWriter = {
  async *write(columns, chunks) {
    const folder = await mkdtemp(join(tmpdir(), 'routemeter-parquet-'))
    try {
      const path = join(folder, 'usage.parquet')
      await writeFile(folder, path, columns, chunks)
      yield* createReadStream(path)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function writeFile(
  folder: string,
  path: string,
  columns: readonly ParquetColumn[],
  chunks: AsyncIterable<Rows>,
): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', {
    temp_directory: folder,
    memory_limit: '256MiB',
    threads: '1',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  try {
    const connection = await instance.connect()
    try {
      await connection.run("SET TimeZone = 'UTC'")
      await collect(connection, columns, chunks)
      await connection.run(await copyStatement(connection, columns, path))
    } finally {
      connection.disconnectSync()
    }
  } finally {
    instance.closeSync()
  }
}

async function collect(
  connection: DuckDBConnection,
  columns: readonly ParquetColumn[],
  chunks: AsyncIterable<Rows>,
): Promise<void> {
  const definitions = columns.map(({ kind }, index) => `c${index} ${TYPES[kind]}`)
  await connection.run(`CREATE TABLE collected (${definitions.join(', ')})`)
  const appender = await connection.createAppender('collected')
  for await (const rows of chunks) {
    for (let first = 0; first < rows.length; first += ROWS_AT_ONCE) {
      append(appender, columns, rows.slice(first, first + ROWS_AT_ONCE))
    }
  }
  appender.closeSync()
}

function append(appender: DuckDBAppender, columns: readonly ParquetColumn[], rows: Rows): void {
  const chunk = DuckDBDataChunk.create(
    columns.map(({ kind }) => TYPES[kind]),
    rows.length,
  )
  for (const [index, { kind }] of columns.entries()) {
    chunk.setColumnValues(
      index,
      rows.map((row) => asDuckDb(kind, row[index])),
    )
  }
  appender.appendDataChunk(chunk)
}

function asDuckDb(kind: ParquetColumn['kind'], value: UsageValue | undefined): DuckDBValue {
  if (value === undefined || value === null) return null
  if (kind === 'text') return String(value)
  return kind === 'fraction' ? Number(value) : BigInt(value)
}

/** Parquet has no 128 bits: sums that need more than 64 are decimals. */
async function copyStatement(
  connection: DuckDBConnection,
  columns: readonly ParquetColumn[],
  path: string,
): Promise<string> {
  const largest = columns.map(({ kind }, index) => (kind === 'integer' ? `max(c${index})` : 'NULL'))
  const [found = []] = await rowsOf(connection, `SELECT ${largest.join(', ')} FROM collected`)
  const written = columns.map(({ name, kind }, index) => {
    return `${expressionOf(kind, index, found[index])} AS "${name.replaceAll('"', '""')}"`
  })
  const target = path.replaceAll("'", "''")
  return `COPY (SELECT ${written.join(', ')} FROM collected ORDER BY rowid) TO '${target}' (FORMAT parquet, COMPRESSION zstd)`
}

function expressionOf(kind: ParquetColumn['kind'], index: number, largest: DuckDBValue | undefined): string {
  if (kind === 'instant') return `make_timestamp(c${index} * 1000)::TIMESTAMPTZ`
  if (kind !== 'integer') return `c${index}`
  return typeof largest === 'bigint' && largest > LARGEST_BIGINT ? `c${index}::DECIMAL(38, 0)` : `c${index}::BIGINT`
}
