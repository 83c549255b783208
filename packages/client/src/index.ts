export { ConnectionError, UsageApiError } from './errors.ts'
export { RoutemeterClient, type RoutemeterClientOptions } from './routemeter-client.ts'
export type { CallOptions, QueryOptions, UsageApi } from './usage-api.ts'
export type {
  UsageExecution,
  UsageGranularity,
  UsageGroupBy,
  UsageMetric,
  UsageQueryRequest,
  UsageQueryResult,
  UsageRow,
} from './usage-query.ts'
