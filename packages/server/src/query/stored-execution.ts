import type { Scope } from '../domain/scope.ts'
import type { UsageQuery } from '../domain/usage-query.ts'
import type { ExecutionRecord } from '../metadata/executions.ts'
import type { Execution, ExecutionState } from './executions.ts'

/** A scope as it is kept; only identity/ makes a scope of it again. */
export interface ScopeRecord {
  readonly organizationIds: readonly string[]
  readonly clientId?: string | undefined
}

export function writeScope(scope: Scope): string {
  const record: ScopeRecord = { organizationIds: scope.organizationIds, clientId: scope.clientId }
  return JSON.stringify(record)
}

export function readScope(text: string): ScopeRecord {
  return JSON.parse(text) as ScopeRecord
}

export function writeQuery(query: UsageQuery): string {
  return JSON.stringify(query)
}

export function readQuery(text: string): UsageQuery {
  const kept = JSON.parse(text) as UsageQuery
  return { ...kept, granularity: kept.granularity }
}

export function toExecution(record: ExecutionRecord): Execution {
  return {
    id: record.id,
    organizationId: record.organizationId,
    operation: record.operation,
    clientId: record.clientId,
    state: record.state as ExecutionState,
    query: readQuery(record.query),
    rowCount: record.rowCount,
    submittedAt: record.submittedAt,
    expiresAt: record.expiresAt,
  }
}
