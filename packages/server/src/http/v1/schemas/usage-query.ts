import { type Static, type TOptional, type TSchema, Type } from 'typebox'
import {
  DIMENSION_NAMES,
  DIMENSIONS,
  type Dimension,
  METRIC_NAMES,
  METRICS,
  type Metric,
} from '../../../domain/catalogue.ts'
import { GRANULARITIES } from '../../../domain/usage-query.ts'

/** Groups of which an answer may have all buckets. */
const MOST_GROUPS = 100_000
const MOST_VALUES = 10_000
const MOST_SORT_FIELDS = 10

const given = { additionalProperties: false } as const

/** The values of which a call has to have one; "" is a missing one. */
const filter = (dimension: Dimension) =>
  Type.Optional(
    Type.Array(Type.String({ maxLength: DIMENSIONS[dimension].longest }), {
      minItems: 1,
      maxItems: MOST_VALUES,
      description: `${DIMENSIONS[dimension].description}; "" is a missing value`,
    }),
  )

/** The words of a list as a type, in the list's order. */
const words = <Word extends string>(list: readonly Word[]) => Type.Enum([...list])

const Filters = Type.Object(
  {
    organizationId: filter('organizationId'),
    clientId: filter('clientId'),
    clientName: filter('clientName'),
    userId: filter('userId'),
    templateUri: filter('templateUri'),
    httpMethod: filter('httpMethod'),
    platform: filter('platform'),
    statusClass: Type.Optional(
      Type.Array(Type.Enum(['1xx', '2xx', '3xx', '4xx', '5xx']), { minItems: 1, maxItems: MOST_VALUES }),
    ),
  },
  { ...given, description: 'A call counts when for every dimension named here its value is one of these.' },
)

const SortBy = Type.Object(
  {
    fieldName: words(['time' as const, ...DIMENSION_NAMES, ...METRIC_NAMES]),
    order: Type.Optional(Type.Enum(['Asc', 'Desc'], { description: 'Asc when it is left out.' })),
  },
  given,
)

/** Body of POST /v1/usage/query (api.md §4). */
export const UsageQueryBody = Type.Object(
  {
    interval: Type.String({
      description:
        'From when to when, ISO 8601 `start/end`, the end inclusive at its own precision; one side may be a duration. ' +
        'A side without a zone is in `timeZone`.',
      examples: ['2026-11-01/2026-11-30'],
    }),
    timeZone: Type.Optional(
      Type.String({ maxLength: 100, description: 'IANA name; UTC when it is left out.', examples: ['Europe/Berlin'] }),
    ),
    granularity: Type.Optional(
      Type.Enum([...GRANULARITIES], {
        description:
          'A row a bucket of the time zone; `Minute` in the last 7 days only. Without one the interval is totalled.',
      }),
    ),
    groupBy: Type.Optional(
      Type.Array(words(DIMENSION_NAMES), {
        uniqueItems: true,
        description: 'What to tell apart; one total without any.',
      }),
    ),
    metrics: Type.Optional(
      Type.Array(words(METRIC_NAMES), {
        uniqueItems: true,
        description: 'What to add up; requests and the five statuses when there are none.',
      }),
    ),
    filters: Type.Optional(Filters),
    sortBy: Type.Optional(
      Type.Array(SortBy, {
        maxItems: MOST_SORT_FIELDS,
        description: 'Rows are ordered by time first; then by these, then by the dimensions.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_GROUPS,
        description: 'Only the first groups by `sortBy` over the whole interval (requests, descending, without one).',
      }),
    ),
    other: Type.Optional(
      Type.Boolean({ description: 'With `limit`: all other groups in one more, `(other)`, the last of its bucket.' }),
    ),
    compare: Type.Optional(
      Type.Enum(['previous'], { description: 'Adds `previous` to each row: the same metrics in the interval before.' }),
    ),
    organizations: Type.Optional(
      Type.Array(Type.String({ maxLength: DIMENSIONS.organizationId.longest }), {
        maxItems: MOST_VALUES,
        description: 'For platform:admin: other organizations than your own, or `["*"]`.',
      }),
    ),
  },
  given,
)
export type UsageQueryBody = Static<typeof UsageQueryBody>

const instant = (description: string) => Type.String({ description })

type CallMetric = { [Name in Metric]: (typeof METRICS)[Name]['unit'] extends 'calls' ? Name : never }[Metric]

const CALL_METRICS = METRIC_NAMES.filter((name): name is CallMetric => METRICS[name].unit === 'calls')
const OTHER_METRICS = METRIC_NAMES.filter((name): name is Exclude<Metric, CallMetric> => METRICS[name].unit !== 'calls')

function optional<Name extends string, Schema extends TSchema>(
  names: readonly Name[],
  schemaOf: (name: Name) => Schema,
): Record<Name, TOptional<Schema>> {
  const fields = names.map((name) => [name, Type.Optional(schemaOf(name))])
  return Object.fromEntries(fields) as Record<Name, TOptional<Schema>>
}

const MetricValues = {
  ...optional(CALL_METRICS, (name) => Type.Integer({ minimum: 0, description: METRICS[name].description })),
  ...optional(OTHER_METRICS, (name) =>
    Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: `${METRICS[name].description}; null without any`,
    }),
  ),
}

/** What POST /v1/usage/query answers as JSON: only what was asked for is in a row. */
export const UsageQueryAnswer = Type.Object({
  rows: Type.Array(
    Type.Object({
      time: Type.Optional(instant('The bucket’s start, RFC 3339 with the zone’s offset; with a granularity')),
      ...optional(DIMENSION_NAMES, (name) => Type.String({ description: DIMENSIONS[name].description })),
      ...MetricValues,
      previous: Type.Optional(Type.Object(MetricValues, { description: 'The interval before, with `compare`' })),
    }),
  ),
  meta: Type.Object({
    interval: Type.String({ description: 'Moved out to whole buckets: `start/end` in the zone, the end exclusive' }),
    previousInterval: Type.Optional(Type.String({ description: 'The interval before, with `compare`' })),
    timeZone: Type.String(),
    granularity: Type.Union([Type.Enum([...GRANULARITIES]), Type.Null()]),
    completeThrough: instant('Every event that was acknowledged before is counted'),
    freshnessMs: Type.Union([Type.Integer(), Type.Null()], {
      description: 'completeThrough less the newest counted event’s time; null without any',
    }),
    truncated: Type.Boolean({ description: 'There are more rows than the 100,000 that are answered' }),
    limit: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], { description: 'As it was asked for' }),
    rowsScanned: Type.Integer({ minimum: 0, description: 'Counted rows that the answer was made of' }),
    tookMs: Type.Integer({ minimum: 0 }),
  }),
})
export type UsageQueryAnswer = Static<typeof UsageQueryAnswer>
