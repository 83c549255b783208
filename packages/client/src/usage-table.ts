/** What usage is grouped and filtered by. */
export type UsageDimension =
  | 'organizationId'
  | 'clientId'
  | 'clientName'
  | 'userId'
  | 'templateUri'
  | 'httpMethod'
  | 'platform'
  | 'statusClass'

/** Counts of calls: `status429` is a part of `status400`. */
type CallMetric = 'requests' | 'status200' | 'status300' | 'status400' | 'status500' | 'status429'

/** Fractions, bytes and milliseconds; null where no call told any. */
type MeasuredMetric =
  | 'errorRate'
  | 'serverErrorRate'
  | 'rateLimitedRate'
  | 'requestBytes'
  | 'responseBytes'
  | 'durationAvg'
  | 'durationP50'
  | 'durationP95'
  | 'durationP99'
  | 'durationMax'

export type UsageMeasure = CallMetric | MeasuredMetric

export type UsageBucket = 'Minute' | 'Minute15' | 'Hour' | 'Day' | 'Week' | 'Month'

export type UsageStatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx'

/** For each dimension the values of which a call has to have one; `""` is a missing one. */
export interface UsageFilters {
  readonly organizationId?: readonly string[]
  readonly clientId?: readonly string[]
  readonly clientName?: readonly string[]
  readonly userId?: readonly string[]
  readonly templateUri?: readonly string[]
  readonly httpMethod?: readonly string[]
  readonly platform?: readonly string[]
  readonly statusClass?: readonly UsageStatusClass[]
}

/** A question that is answered at once; only the interval is required. */
export interface UsageTableQuery {
  /**
   * `start/end`, ISO 8601, as precise as you like; the end is inclusive at its own precision. In `timeZone` without an
   * offset.
   */
  readonly interval: string
  /**
   * IANA name.
   * @default 'UTC'
   */
  readonly timeZone?: string
  /** A row a bucket of the time zone; minutes for the last 7 days. Without one the whole interval is totalled. */
  readonly granularity?: UsageBucket
  /** @default one total */
  readonly groupBy?: readonly UsageDimension[]
  /** @default requests and the five statuses */
  readonly metrics?: readonly UsageMeasure[]
  readonly filters?: UsageFilters
  /** Rows are ordered by time, then by these, then by the dimensions. */
  readonly sortBy?: readonly {
    readonly fieldName: 'time' | UsageDimension | UsageMeasure
    /** @default 'Asc' */
    readonly order?: 'Asc' | 'Desc'
  }[]
  /** Only the first groups by `sortBy` over the whole interval; by requests, descending, without one. */
  readonly limit?: number
  /** With `limit`: all other groups in one more, `(other)`, the last of its bucket. */
  readonly other?: boolean
  /** Adds `previous` to each row: the same metrics in the interval before. */
  readonly compare?: 'previous'
  /** For `platform:admin`: other organizations than your own, or `['*']`. */
  readonly organizations?: readonly string[]
}

type MetricValues = { readonly [Name in CallMetric]?: number } & { readonly [Name in MeasuredMetric]?: number | null }

/** One group in one bucket: what was grouped by, what was asked for. A missing value is `""`. */
export type UsageTableRow = { readonly [Name in UsageDimension]?: string } & MetricValues & {
    /** The bucket's start, RFC 3339 with the zone's offset; there with a granularity. */
    readonly time?: string
    /** The interval before; there with `compare`. */
    readonly previous?: MetricValues
  }

/** What an answer says of itself. */
export interface UsageTableMeta {
  /** Moved out to whole buckets: `start/end` in the zone, the end exclusive. */
  readonly interval: string
  readonly previousInterval?: string
  readonly timeZone: string
  readonly granularity: UsageBucket | null
  /** Every event that was acknowledged before is counted. */
  readonly completeThrough: string
  /** `completeThrough` less the newest counted event's time; null without any. */
  readonly freshnessMs: number | null
  /** True when there are more rows than the 100,000 that are answered. */
  readonly truncated: boolean
  readonly limit: number | null
  readonly rowsScanned: number
  readonly tookMs: number
}

export interface UsageTable {
  readonly rows: readonly UsageTableRow[]
  readonly meta: UsageTableMeta
}

/** `csv-spreadsheet` puts a ' before texts that a spreadsheet would take for formulas. */
export type UsageFileFormat = 'csv' | 'csv-spreadsheet' | 'ndjson' | 'parquet'
