export type { ClientsApi } from './clients-api.ts'
export { ConnectionError, UsageApiError } from './errors.ts'
export type { EventsApi, SendOptions } from './events-api.ts'
export type { IngestKey, IngestKeyKind, KeysApi, ListedIngestKey, MadeIngestKey, NewIngestKey } from './keys-api.ts'
export type { DimensionValues, LiveOptions, LiveUsageEvent, LiveUsageRow } from './live-usage.ts'
export type {
  NewOAuthClient,
  OAuthClient,
  OAuthClientRequest,
  OAuthClientState,
  OAuthClientWithSecret,
  OAuthGrantType,
} from './oauth-client.ts'
export type {
  LimitedEntity,
  LimitedMinute,
  LimitWithEntities,
  RateLimitDimension,
  RateLimitStatus,
  WatchedLimit,
  WatchedLimits,
} from './rate-limit.ts'
export type { RateLimitStatusOptions, RateLimitsApi } from './rate-limits-api.ts'
export type {
  ImportedTemplates,
  MovedShape,
  ReResolved,
  ResolvedPath,
  RouteTemplate,
  SuggestedTemplate,
  TemplateDocumentType,
  UnmatchedPath,
  UnmatchedPaths,
} from './route-template.ts'
export { RoutemeterClient, type RoutemeterClientOptions } from './routemeter-client.ts'
export type { Session, SessionApi, SignInProof, SignInState } from './session-api.ts'
export type { ImportOptions, TemplatesApi } from './templates-api.ts'
export type { CallOptions, DimensionOptions, QueryOptions, UsageApi } from './usage-api.ts'
export type { EventsReceipt, RejectedEvent, UsageEvent } from './usage-event.ts'
export type {
  UsageExecution,
  UsageGranularity,
  UsageGroupBy,
  UsageMetric,
  UsageQueryRequest,
  UsageQueryResult,
  UsageRow,
} from './usage-query.ts'
export type {
  UsageBucket,
  UsageDimension,
  UsageFileFormat,
  UsageFilters,
  UsageMeasure,
  UsageStatusClass,
  UsageTable,
  UsageTableMeta,
  UsageTableQuery,
  UsageTableRow,
} from './usage-table.ts'
