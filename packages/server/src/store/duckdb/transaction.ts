import type { DuckDBConnection } from '@duckdb/node-api'
import { isNothingToRollBack, RollbackFailed } from './failures.ts'

/**
 * Runs `work` in a transaction: all of it is there when this resolves, nothing when it rejects.
 * @throws RollbackFailed when not even that could be had; whatever `work` throws otherwise.
 */
export async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN')
  try {
    const result = await work()
    await connection.run('COMMIT')
    return result
  } catch (error) {
    await rollBack(connection, error)
    throw error
  }
}

async function rollBack(connection: DuckDBConnection, cause: unknown): Promise<void> {
  try {
    await connection.run('ROLLBACK')
  } catch (error) {
    if (!isNothingToRollBack(error)) throw new RollbackFailed('A transaction could not be rolled back.', { cause })
  }
}
