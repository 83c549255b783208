import type { Permission } from '../../domain/permissions.ts'

/** What the operations that submit a query, read its result and cancel it have in common. */
export interface UsageOperation {
  /** Kept with its executions, which only this operation reads (decisions.md 14): never renamed. */
  readonly name: string
  /** Any one of these. */
  readonly anyPermission: readonly Permission[]
  /** Path of the operation that reads the result; its last parameter is the execution's id. */
  readonly resultsPath: string
}

/** Wire endpoints 1 and 2. */
export const USAGE_QUERY = {
  name: 'usage.query',
  anyPermission: ['oauth:client:view', 'usage:organization:view'],
  resultsPath: '/api/v2/usage/query/:executionId/results',
} as const satisfies UsageOperation

/** Wire endpoints 3, 4 and 5: the summary is a client query that is asked in other words. */
export const CLIENT_USAGE_QUERY = {
  name: 'oauth.client.usage.query',
  anyPermission: ['oauth:client:view', 'usage:client:view'],
  resultsPath: '/api/v2/oauth/clients/:clientId/usage/query/results/:executionId',
} as const satisfies UsageOperation

/** Wire endpoints 6 and 7. */
export const SIMPLE_SEARCH = {
  name: 'usage.simplesearch',
  anyPermission: ['oauth:client:view', 'usage:simpleSearch:view'],
  resultsPath: '/api/v2/usage/simplesearch/:executionId/results',
} as const satisfies UsageOperation

/** Wire endpoints 8 and 9. */
export const ORGANIZATION_JOB = {
  name: 'usage.aggregates.job',
  anyPermission: ['usage:organization:view'],
  resultsPath: '/api/v2/usage/aggregates/query/jobs/:jobId',
} as const satisfies UsageOperation

/** Wire endpoints 10 and 11. */
export const CLIENT_JOB = {
  name: 'usage.client.aggregates.job',
  anyPermission: ['usage:client:view'],
  resultsPath: '/api/v2/usage/client/:clientId/aggregates/query/jobs/:jobId',
} as const satisfies UsageOperation

/** Where the result of an execution will be: relative, as the platform says it. */
export function resultsUri(
  operation: UsageOperation,
  execution: { readonly id: string; readonly clientId: string },
): string {
  return operation.resultsPath
    .replace(':clientId', () => encodeURIComponent(execution.clientId))
    .replace(/:(?:executionId|jobId)/, execution.id)
}
