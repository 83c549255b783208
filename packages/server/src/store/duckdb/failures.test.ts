import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { StoreUnavailable } from '../usage-store.ts'
import { asCallersSee, RollbackFailed } from './failures.ts'
import { inTransaction } from './transaction.ts'

test('a transaction that can neither end nor be undone, as after a failed fsync, is a reason to send again later', async () => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const work = inTransaction(connection, async () => connection.closeSync())
  const error = await work.catch((thrown: unknown) => thrown)
  instance.closeSync()
  expect(error).toBeInstanceOf(RollbackFailed)
  expect(asCallersSee(error)).toBeInstanceOf(StoreUnavailable)
})

test('what is wrong with the request itself stays what it is', () => {
  const error = new Error('Binder Error: no such column')
  expect(asCallersSee(error)).toBe(error)
})
