/** What rows are grouped by. A client's name comes with its id. */
export type UsageGroupBy = 'OAuthClientId' | 'OrganizationId' | 'UserId' | 'TemplateUri' | 'HttpMethod'

/** What is counted: `Requests` is all calls, `Status429` a part of `Status400`. */
export type UsageMetric = 'Status200' | 'Status300' | 'Status400' | 'Status500' | 'Status429' | 'Requests'

export type UsageGranularity = 'Day' | 'Week' | 'Month'

/** A usage query; only the interval is required. */
export interface UsageQueryRequest {
  /**
   * `start/end`, ISO 8601, as precise as you like; the end is inclusive at its own precision:
   * `2026-01/2026-03` are three whole months, `2026-01-01/P7D` is a week. UTC without an offset.
   */
  readonly interval: string
  /** How long a row's period is; without one each row totals the whole interval and has no date. */
  readonly granularity?: UsageGranularity
  /** @default ['OAuthClientId'] */
  readonly groupBy?: readonly UsageGroupBy[]
  /** @default all six */
  readonly metrics?: readonly UsageMetric[]
}

/** One group in one period. A dimension that was not grouped by, or has no value, is `""`. */
export interface UsageRow {
  readonly clientId: string
  readonly clientName: string
  readonly organizationId: string
  readonly userId: string
  readonly templateUri: string
  readonly httpMethod: string
  /** Each metric is there when it was asked for. */
  readonly status200?: number
  readonly status300?: number
  readonly status400?: number
  readonly status500?: number
  readonly status429?: number
  readonly requests?: number
  /** The period's first day, such as `2026-02-02T00:00:00Z`; there with a granularity. */
  readonly date?: string
}

/** A query that the server has taken in. */
export interface UsageExecution {
  readonly executionId: string
  /** Where the result is read, relative to the server's address. */
  readonly resultsUri: string
}

export type UsageQueryResult =
  | { readonly queryStatus: 'Complete'; readonly results: readonly UsageRow[] }
  | { readonly queryStatus: 'Running' | 'Failed' }
