import { DAY_MS, HOUR_MS, MINUTE_MS, QUARTER_MS } from '../../../domain/bucket.ts'
import { type Dimension, METRICS, PLATFORM_METRICS } from '../../../domain/catalogue.ts'
import { comparedIntervals } from '../../../domain/compared-intervals.ts'
import { minuteHorizon, parseInterval } from '../../../domain/interval.ts'
import { Refusal, shown } from '../../../domain/refusal.ts'
import type { Granularity, Interval, SortField, UsageQuery } from '../../../domain/usage-query.ts'
import { isTimeZone, timeZoneName } from '../../../domain/zone-offsets.ts'
import { normalizeTemplate } from '../../../templates/template-syntax.ts'
import type { UsageQueryBody } from '../schemas/usage-query.ts'

/** Buckets that can be compared one by one. */
const MOST_COMPARED = 100_000
/** No bucket is shorter. */
const SHORTEST_MS: Readonly<Record<Granularity, number>> = {
  Minute: MINUTE_MS,
  Minute15: QUARTER_MS,
  Hour: HOUR_MS,
  Day: DAY_MS,
  Week: 7 * DAY_MS,
  Month: 28 * DAY_MS,
}

/**
 * The question of POST /v1/usage/query in our words: rows by time first, then by its sortBy (api.md §4).
 * @param now when it came, milliseconds since 1970.
 * @throws Refusal for what the schema cannot say: an interval that is none, a zone that there is not, minutes that are no
 *   longer kept, an order by what rows do not have.
 */
export function translateUsageQuery(body: UsageQueryBody, now: number): UsageQuery {
  const { granularity, groupBy = [], metrics = [], limit } = body
  const timeZone = zoneOf(body.timeZone ?? 'UTC')
  const intervals = intervalsOf(body, timeZone, now)
  const sortBy = sortFieldsOf(body)
  const time = sortBy.find(({ field }) => field === 'time') ?? { field: 'time', order: 'asc' }
  return {
    ...intervals,
    timeZone,
    granularity,
    groupBy,
    metrics: metrics.length === 0 ? PLATFORM_METRICS : metrics,
    filters: filtersOf(body.filters),
    sortBy: [time, ...sortBy.filter(({ field }) => field !== 'time')],
    ...(limit === undefined ? {} : { top: { groups: limit, other: body.other ?? false } }),
  }
}

function zoneOf(timeZone: string): string {
  if (isTimeZone(timeZone)) return timeZoneName(timeZone)
  throw new Refusal(
    'invalid.value',
    'The field [timeZone] is [{value}]: that is no time zone. It is a name of the IANA database, for example Europe/Berlin.',
    { value: shown(timeZone) },
    { details: [{ errorCode: 'invalid.value', fieldName: 'timeZone' }] },
  )
}

function intervalsOf(
  { interval: text, granularity, compare }: UsageQueryBody,
  timeZone: string,
  now: number,
): { readonly interval: Interval; readonly previous?: Interval } {
  const interval = parseInterval(text, { timeZone, now })
  const intervals = compare === undefined ? { interval } : comparedIntervals(interval, timeZone, now)
  if (granularity === 'Minute') checkMinutes(intervals, now)
  if (compare !== undefined && granularity !== undefined) checkBuckets(intervals.interval, granularity)
  return intervals
}

/** @throws Refusal for minutes before those that are kept (decisions.md 9). */
function checkMinutes({ interval, previous }: { interval: Interval; previous?: Interval }, now: number): void {
  const horizon = minuteHorizon(now)
  if ((previous ?? interval).start >= horizon) return
  const what = previous === undefined ? 'the interval starts' : 'the interval before, with which it is compared, starts'
  throw new Refusal(
    'bad.request',
    'The field [granularity] is [Minute]: minutes are kept for 7 days, and {what} earlier than [{horizon}]. Ask for Minute15 or longer.',
    { what, horizon: new Date(horizon).toISOString() },
    { details: [{ errorCode: 'bad.request', fieldName: 'granularity' }] },
  )
}

function checkBuckets({ start, end }: Interval, granularity: Granularity): void {
  const buckets = Math.ceil((end - start) / SHORTEST_MS[granularity])
  if (buckets <= MOST_COMPARED) return
  throw new Refusal(
    'bad.request',
    'The field [compare] is [previous], with an interval of [{buckets}] buckets of the granularity [{granularity}]. Allowed are up to {most}.',
    { buckets: String(buckets), granularity, most: String(MOST_COMPARED) },
    { details: [{ errorCode: 'bad.request', fieldName: 'compare' }] },
  )
}

/** A field that is named again changes nothing any more. With a limit and no order, most requests come first. */
function sortFieldsOf({ sortBy = [], granularity, groupBy = [], limit }: UsageQueryBody): readonly SortField[] {
  const fields = new Map<SortField['field'], SortField['order']>()
  for (const [index, { fieldName, order = 'Asc' }] of sortBy.entries()) {
    const isThere = fieldName === 'time' ? granularity !== undefined : isInRows(fieldName, groupBy)
    if (!isThere) throw notInRows(fieldName, index, granularity, groupBy)
    if (!fields.has(fieldName)) fields.set(fieldName, order === 'Asc' ? 'asc' : 'desc')
  }
  const isUnordered = [...fields.keys()].every((field) => field === 'time')
  if (limit !== undefined && isUnordered) fields.set('requests', 'desc')
  return [...fields].map(([field, order]) => ({ field, order }))
}

function isInRows(field: Exclude<SortField['field'], 'time'>, groupBy: readonly Dimension[]): boolean {
  return Object.hasOwn(METRICS, field) || groupBy.some((name) => name === field)
}

function notInRows(
  field: string,
  index: number,
  granularity: Granularity | undefined,
  groupBy: readonly Dimension[],
): Refusal {
  const allowed = [...(granularity === undefined ? [] : ['time']), ...groupBy, 'every metric'].join(', ')
  const fieldName = `sortBy[${index}].fieldName`
  return new Refusal(
    'invalid.value',
    'The field [{field}] is [{value}], which the rows of this query do not have. Allowed are: {allowed}.',
    { field: fieldName, value: field, allowed },
    { details: [{ errorCode: 'invalid.value', fieldName }] },
  )
}

/** Methods and templates are read as those of events are. */
function filtersOf({
  httpMethod,
  templateUri,
  ...others
}: NonNullable<UsageQueryBody['filters']> = {}): UsageQuery['filters'] {
  return {
    ...others,
    ...(httpMethod === undefined ? {} : { httpMethod: httpMethod.map((method) => method.toUpperCase()) }),
    ...(templateUri === undefined ? {} : { templateUri: templateUri.map(asKept) }),
  }
}

function asKept(templateUri: string): string {
  return templateUri === '' ? '' : normalizeTemplate(templateUri)
}
