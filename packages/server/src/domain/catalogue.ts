/**
 * The one list of what usage is grouped by and what is added up. Validation, SQL, OpenAPI and docs/usage.md are made
 * from it: a new dimension or metric is an entry here and, where it needs a new stored column, a migration an engine.
 */

/** A path that no template fits and that was answered 404: scanners (decisions.md 4). */
export const UNMATCHED = '(unmatched)'
/** What is past an organization's cap of different values (decisions.md 4). */
export const OVERFLOW = '(overflow)'
/** All groups that are not among the first ones of an answer, together (api.md §4). */
export const OTHER = '(other)'

interface DimensionEntry {
  readonly description: string
  /**
   * Where its value comes from: `organization` is the row's tenant; `interned` has an id column of this name in every
   * rollup and a dictionary entry; `attribute` is looked up by another dimension when asked; `counter` is spread over
   * the counters of a row.
   */
  readonly kept: 'organization' | 'interned' | 'attribute' | 'counter'
  /** Longest value in code points. */
  readonly longest: number
  /** For `interned`: how many different values an organization may have before `(overflow)`; a setting's default. */
  readonly cap?: number
}

export const DIMENSIONS = {
  organizationId: { description: 'The organization in which the call was made', kept: 'organization', longest: 64 },
  clientId: { description: 'The OAuth client that called', kept: 'interned', longest: 256, cap: 100_000 },
  clientName: { description: 'The client’s name, looked up when asked', kept: 'attribute', longest: 256 },
  userId: { description: 'The user on whose behalf it called', kept: 'interned', longest: 256, cap: 1_000_000 },
  templateUri: {
    description: 'The route template, without a leading slash',
    kept: 'interned',
    longest: 1024,
    cap: 20_000,
  },
  httpMethod: { description: 'The HTTP method, upper case', kept: 'interned', longest: 64, cap: 100 },
  platform: { description: 'The kind of caller or product', kept: 'interned', longest: 256, cap: 1_000 },
  statusClass: { description: '1xx, 2xx, 3xx, 4xx or 5xx', kept: 'counter', longest: 3 },
} as const satisfies Record<string, DimensionEntry>

export type Dimension = keyof typeof DIMENSIONS
export const DIMENSION_NAMES = Object.keys(DIMENSIONS) as readonly Dimension[]

/** The dimensions that every rollup row carries an id of, in the order of the columns. */
export type InternedDimension = {
  [Name in Dimension]: (typeof DIMENSIONS)[Name]['kept'] extends 'interned' ? Name : never
}[Dimension]
export const INTERNED_DIMENSIONS = DIMENSION_NAMES.filter(
  (name): name is InternedDimension => DIMENSIONS[name].kept === 'interned',
)

/** What a rollup row adds up. `status1xx` to `status5xx` partition `requests`; `status429` is a part of `status4xx`. */
export const COUNTERS = {
  requests: { aggregate: 'sum' },
  status200: { aggregate: 'sum' },
  status300: { aggregate: 'sum' },
  status400: { aggregate: 'sum' },
  status429: { aggregate: 'sum' },
  status500: { aggregate: 'sum' },
  requestBytes: { aggregate: 'sum' },
  responseBytes: { aggregate: 'sum' },
  durationMicros: { aggregate: 'sum' },
  durationCount: { aggregate: 'sum' },
  durationMaxMicros: { aggregate: 'max' },
} as const satisfies Record<string, { aggregate: 'sum' | 'max' }>

export type Counter = keyof typeof COUNTERS
export const COUNTER_NAMES = Object.keys(COUNTERS) as readonly Counter[]

interface MetricEntry {
  readonly description: string
  readonly unit: 'calls' | 'fraction' | 'bytes' | 'milliseconds'
  readonly formula: MetricFormula
  /** Dimensions it cannot be grouped or filtered by, because that combination is not kept (decisions.md 12). */
  readonly notBy: readonly Dimension[]
}

/** How a metric is made of counters; each engine writes it in its own SQL. */
export type MetricFormula =
  | { readonly kind: 'counter'; readonly counter: Counter; readonly divideBy?: number }
  | { readonly kind: 'ratio'; readonly parts: readonly Counter[]; readonly of: Counter; readonly divideBy?: number }
  | { readonly kind: 'percentile'; readonly fraction: number }

const counter = (name: Counter, divideBy?: number): MetricFormula => ({
  kind: 'counter',
  counter: name,
  ...(divideBy === undefined ? {} : { divideBy }),
})
const shareOfRequests = (...parts: Counter[]): MetricFormula => ({ kind: 'ratio', parts, of: 'requests' })

export const METRICS = {
  requests: { description: 'All calls', unit: 'calls', formula: counter('requests'), notBy: [] },
  status200: { description: 'Calls answered 2xx', unit: 'calls', formula: counter('status200'), notBy: [] },
  status300: { description: 'Calls answered 3xx', unit: 'calls', formula: counter('status300'), notBy: [] },
  status400: {
    description: 'Calls answered 4xx, 429 included',
    unit: 'calls',
    formula: counter('status400'),
    notBy: [],
  },
  status500: { description: 'Calls answered 5xx', unit: 'calls', formula: counter('status500'), notBy: [] },
  status429: {
    description: 'Calls answered 429, a part of status400',
    unit: 'calls',
    formula: counter('status429'),
    notBy: [],
  },
  errorRate: {
    description: '(4xx + 5xx) / requests',
    unit: 'fraction',
    formula: shareOfRequests('status400', 'status500'),
    notBy: [],
  },
  serverErrorRate: {
    description: '5xx / requests',
    unit: 'fraction',
    formula: shareOfRequests('status500'),
    notBy: [],
  },
  rateLimitedRate: {
    description: '429 / requests',
    unit: 'fraction',
    formula: shareOfRequests('status429'),
    notBy: [],
  },
  requestBytes: {
    description: 'Bytes received, of the calls that tell',
    unit: 'bytes',
    formula: counter('requestBytes'),
    notBy: ['statusClass'],
  },
  responseBytes: {
    description: 'Bytes sent, of the calls that tell',
    unit: 'bytes',
    formula: counter('responseBytes'),
    notBy: ['statusClass'],
  },
  durationAvg: {
    description: 'Mean duration of the calls that tell one',
    unit: 'milliseconds',
    formula: { kind: 'ratio', parts: ['durationMicros'], of: 'durationCount', divideBy: 1000 },
    notBy: ['statusClass'],
  },
  durationP50: {
    description: 'Median duration, at most 2 % off',
    unit: 'milliseconds',
    formula: { kind: 'percentile', fraction: 0.5 },
    notBy: ['userId', 'statusClass'],
  },
  durationP95: {
    description: '95th percentile of duration, at most 2 % off',
    unit: 'milliseconds',
    formula: { kind: 'percentile', fraction: 0.95 },
    notBy: ['userId', 'statusClass'],
  },
  durationP99: {
    description: '99th percentile of duration, at most 2 % off',
    unit: 'milliseconds',
    formula: { kind: 'percentile', fraction: 0.99 },
    notBy: ['userId', 'statusClass'],
  },
  durationMax: {
    description: 'Longest duration',
    unit: 'milliseconds',
    formula: counter('durationMaxMicros', 1000),
    notBy: ['statusClass'],
  },
} as const satisfies Record<string, MetricEntry>

export type Metric = keyof typeof METRICS
export const METRIC_NAMES = Object.keys(METRICS) as readonly Metric[]

/** The six that the platform's own API has; what a query without metrics gets. */
export const PLATFORM_METRICS = [
  'status200',
  'status300',
  'status400',
  'status500',
  'status429',
  'requests',
] as const satisfies readonly Metric[]
