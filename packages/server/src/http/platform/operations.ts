import type { Permission } from '../../domain/permissions.ts'

/** What the operation that submits a query and the one that reads its result have in common. */
export interface UsageOperation {
  /** Kept with its executions, which only this operation reads (decisions.md 14): never renamed. */
  readonly name: string
  /** Any one of these. */
  readonly anyPermission: readonly Permission[]
  /** Path of the operation that reads the result. */
  readonly resultsPath: `${string}:executionId${string}`
}

/** Wire endpoints 1 and 2. */
export const USAGE_QUERY: UsageOperation = {
  name: 'usage.query',
  anyPermission: ['oauth:client:view', 'usage:organization:view'],
  resultsPath: '/api/v2/usage/query/:executionId/results',
}

/** Where the result of an execution will be: relative, as the platform says it. */
export function resultsUri(operation: UsageOperation, executionId: string): string {
  return operation.resultsPath.replace(':executionId', executionId)
}
