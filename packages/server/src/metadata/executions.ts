import { setImmediate } from 'node:timers/promises'
import type { Insertable, Selectable } from 'kysely'
import type { MetadataDatabase } from './database.ts'
import type { ExecutionTable } from './schema.ts'

const DELETED_AT_ONCE = 200
const DELETED_BYTES_AT_ONCE = 8 * 1024 * 1024

export type ExecutionRecord = Selectable<ExecutionTable>

/** Which execution is meant, and whose it has to be. */
export interface ExecutionOwner {
  readonly id: string
  readonly organizationId: string
  readonly operation: string
  readonly clientId: string
}

/** How an execution ended and until when that is told. */
export interface Ending {
  readonly finishedAt: number
  readonly expiresAt: number
}

/** A part of a kept result; chunks count from 0. */
export interface RowsChunk {
  readonly executionId: string
  readonly chunk: number
  readonly firstRow: number
  readonly rowCount: number
  readonly rows: Uint8Array
}

/** Keeps a new execution, queued; its place in the order of arrival is the order of these calls. */
export async function addExecution(
  db: MetadataDatabase,
  execution: Pick<
    Insertable<ExecutionTable>,
    'id' | 'organizationId' | 'operation' | 'clientId' | 'scope' | 'query' | 'submittedAt' | 'expiresAt'
  >,
): Promise<void> {
  const values = { ...execution, state: 'queued', attempts: 0, finishedAt: null, rowCount: 0, keptBytes: 0 }
  await db.insertInto('execution').values(values).execute()
}

export function readExecution(db: MetadataDatabase, id: string): Promise<ExecutionRecord | undefined> {
  return db.selectFrom('execution').selectAll().where('id', '=', id).executeTakeFirst()
}

/** The execution only when it is this organization's, of this operation and this client. */
export function findExecution(db: MetadataDatabase, owner: ExecutionOwner): Promise<ExecutionRecord | undefined> {
  return db
    .selectFrom('execution')
    .selectAll()
    .where('id', '=', owner.id)
    .where('organizationId', '=', owner.organizationId)
    .where('operation', '=', owner.operation)
    .where('clientId', '=', owner.clientId)
    .executeTakeFirst()
}

/** After a start: what ran when the process ended waits again; all that waits, in the order of arrival. */
export async function resumeExecutions(
  db: MetadataDatabase,
): Promise<readonly Pick<ExecutionRecord, 'id' | 'organizationId'>[]> {
  await db.updateTable('execution').set({ state: 'queued' }).where('state', '=', 'running').execute()
  const waiting = db.selectFrom('execution').select(['id', 'organizationId']).where('state', '=', 'queued')
  return waiting.orderBy('sequence').execute()
}

/** Begins an attempt, which counts from now on, whatever becomes of the process. False when the execution is gone or has ended. */
export async function startAttempt(db: MetadataDatabase, id: string): Promise<boolean> {
  const started = await db
    .updateTable('execution')
    .set((expression) => ({ state: 'running', attempts: expression('attempts', '+', 1) }))
    .where('id', '=', id)
    .where('state', 'in', ['queued', 'running'])
    .executeTakeFirst()
  if (started.numUpdatedRows === 0n) return false
  await deleteRows(db, id)
  return true
}

/**
 * Lets an execution wait again after its attempt ended, unless it was cancelled meanwhile; a withdrawn attempt does not
 * count.
 */
export async function endAttempt(db: MetadataDatabase, id: string, outcome: 'failed' | 'withdrawn'): Promise<void> {
  await deleteRows(db, id)
  await db
    .updateTable('execution')
    .set((expression) => ({ state: 'queued', attempts: expression('attempts', '-', outcome === 'failed' ? 0 : 1) }))
    .where('id', '=', id)
    .where('state', '=', 'running')
    .execute()
}

/**
 * Makes the kept rows the result, together with its last chunk: the one moment at which readers begin to see them.
 * False when the execution was erased or cancelled meanwhile; its rows are then gone too.
 */
export async function completeExecution(
  db: MetadataDatabase,
  id: string,
  result: Ending & { readonly rowCount: number; readonly keptBytes: number },
  lastChunk: RowsChunk | undefined,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const completed = await transaction
      .updateTable('execution')
      .set({ state: 'complete', ...result })
      .where('id', '=', id)
      .where('state', '=', 'running')
      .executeTakeFirst()
    if (completed.numUpdatedRows === 0n) {
      await deleteRows(transaction, id)
      return false
    }
    if (lastChunk !== undefined) await addRows(transaction, lastChunk)
    return true
  })
}

/** Does nothing to an execution that has ended in another way meanwhile. */
export async function failExecution(db: MetadataDatabase, id: string, ending: Ending): Promise<void> {
  await deleteRows(db, id)
  await db
    .updateTable('execution')
    .set({ state: 'failed', ...ending })
    .where('id', '=', id)
    .where('state', 'in', ['queued', 'running'])
    .execute()
}

/**
 * Ends an execution in whatever state, and lets go of its rows.
 * @returns how many bytes of a kept result are free now.
 */
export async function cancelExecution(db: MetadataDatabase, id: string, ending: Ending): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const before = await readExecution(transaction, id)
    await deleteRows(transaction, id)
    await transaction
      .updateTable('execution')
      .set({ state: 'cancelled', rowCount: 0, keptBytes: 0, ...ending })
      .where('id', '=', id)
      .execute()
    return before?.keptBytes ?? 0
  })
}

export async function addRows(db: MetadataDatabase, chunk: RowsChunk): Promise<void> {
  await db.insertInto('executionRows').values(chunk).execute()
}

/** The chunk that has this row (counted from 0), looked for from a chunk on; undefined past the last row. */
export function readRows(
  db: MetadataDatabase,
  executionId: string,
  row: number,
  fromChunk: number,
): Promise<RowsChunk | undefined> {
  return db
    .selectFrom('executionRows')
    .selectAll()
    .where('executionId', '=', executionId)
    .where('chunk', '>=', fromChunk)
    .where(({ eb, ref }) => eb(eb('firstRow', '+', ref('rowCount')), '>', row))
    .orderBy('chunk')
    .limit(1)
    .executeTakeFirst()
}

/**
 * Deletes what ended and expired at or before this instant, with its rows. In parts, because SQLite does its work on the
 * thread that also answers requests.
 */
export async function deleteExpired(db: MetadataDatabase, before: number): Promise<void> {
  for (;;) {
    const expired = await db
      .selectFrom('execution')
      .select(['id', 'keptBytes'])
      .where('expiresAt', '<=', before)
      .where('state', 'in', ['complete', 'failed', 'cancelled'])
      .orderBy('expiresAt')
      .limit(DELETED_AT_ONCE)
      .execute()
    if (expired.length === 0) return
    const ids = firstFew(expired)
    await db.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('executionRows').where('executionId', 'in', ids).execute()
      await transaction.deleteFrom('execution').where('id', 'in', ids).execute()
    })
    await setImmediate()
  }
}

/** As many as keep less than DELETED_BYTES_AT_ONCE together, but at least one. */
function firstFew(executions: readonly Pick<ExecutionRecord, 'id' | 'keptBytes'>[]): readonly string[] {
  let bytes = 0
  const end = executions.findIndex(({ keptBytes }) => {
    bytes += keptBytes
    return bytes >= DELETED_BYTES_AT_ONCE
  })
  return executions.slice(0, end === -1 ? undefined : Math.max(1, end)).map(({ id }) => id)
}

/** Deletes rows whose execution is gone: of an erasure or an expiry that the process did not survive. */
export async function deleteOrphanedRows(db: MetadataDatabase): Promise<void> {
  const known = db.selectFrom('execution').select('id')
  await db.deleteFrom('executionRows').where('executionId', 'not in', known).execute()
}

/** What an organization asked and was answered, gone at once; an attempt that runs finds itself gone when it ends. */
export async function eraseExecutions(db: MetadataDatabase, organizationId: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const theirs = transaction.selectFrom('execution').select('id').where('organizationId', '=', organizationId)
    await transaction.deleteFrom('executionRows').where('executionId', 'in', theirs).execute()
    await transaction.deleteFrom('execution').where('organizationId', '=', organizationId).execute()
  })
}

/** Bytes of kept results by organization; organizations without any are left out. */
export async function keptBytesByOrganization(db: MetadataDatabase): Promise<Map<string, number>> {
  const sums = await db
    .selectFrom('execution')
    .select(({ fn }) => ['organizationId', fn.sum<number>('keptBytes').as('keptBytes')])
    .groupBy('organizationId')
    .execute()
  return new Map(sums.map((sum) => [sum.organizationId, Number(sum.keptBytes)]))
}

async function deleteRows(db: MetadataDatabase, executionId: string): Promise<void> {
  await db.deleteFrom('executionRows').where('executionId', '=', executionId).execute()
}
