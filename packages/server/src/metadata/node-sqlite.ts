import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { SqliteAdapter, SqliteDialect } from 'kysely'

/** Statements that stay prepared, the last used: preparing costs three times what finding a token does. */
const PREPARED = 200

/** Kysely on Node's own SQLite: its statements lack `reader`, which tells a query from a command. */
export function nodeSqliteDialect(database: DatabaseSync): SqliteDialect {
  const prepared = new Map<string, ReturnType<typeof adapt>>()
  const prepare = (sql: string) => {
    const statement = prepared.get(sql) ?? adapt(database, sql)
    prepared.delete(sql)
    prepared.set(sql, statement)
    const oldest = prepared.size > PREPARED ? prepared.keys().next().value : undefined
    if (oldest !== undefined) prepared.delete(oldest)
    return statement
  }
  return new NodeSqliteDialect({ database: { close: () => database.close(), prepare } })
}

class NodeSqliteDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter()
  }
}

/** Kysely does not count on it, SQLite does it: an upgrade that the process does not survive has not happened. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

function adapt(database: DatabaseSync, sql: string) {
  const statement = database.prepare(sql)
  const bound = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => statement.all(...bound(parameters)),
    run: (parameters: readonly unknown[]) => statement.run(...bound(parameters)),
    // One of its own: two readers of one statement would take each other's rows.
    iterate: (parameters: readonly unknown[]) => database.prepare(sql).iterate(...bound(parameters)),
  }
}

/**
 * Opens the file as durable as SQLite can be: what is committed survives a power cut. A new file is the owner's alone,
 * and so are those that SQLite puts beside it.
 */
export function openSqlite(path: string): DatabaseSync {
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL')
    database.exec('PRAGMA busy_timeout = 5000')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * Reads every table but the ones left out, and its indexes.
 * @throws DamagedFile with SQLite's words for the first damage found.
 */
export function checkSqlite(database: DatabaseSync, leftOut: readonly string[]): void {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  for (const { name } of tables) {
    if (leftOut.includes(String(name))) continue
    const [first] = database.prepare(`PRAGMA quick_check('${String(name).replaceAll("'", "''")}')`).all()
    const found = first === undefined ? 'ok' : String(Object.values(first)[0])
    if (found !== 'ok') throw new DamagedFile(found)
  }
}

class DamagedFile extends Error {
  override readonly name = 'DamagedFile'
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGE: ReadonlySet<unknown> = new Set([11, 26])

/** True when the content of the file is at fault, and not its place, its permissions or another process. */
export function isDamage(error: unknown): boolean {
  return error instanceof DamagedFile || (error instanceof Error && 'errcode' in error && DAMAGE.has(error.errcode))
}
