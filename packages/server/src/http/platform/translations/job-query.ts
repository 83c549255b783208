import type { Static, TObject } from 'typebox'
import { type Dimension, PLATFORM_METRICS } from '../../../domain/catalogue.ts'
import type { SortField, UsageQuery } from '../../../domain/usage-query.ts'
import { normalizeTemplate } from '../../../templates/template-syntax.ts'
import type { JOB_QUERY_FIELDS } from '../schemas/job-query-fields.ts'
import { JOB_SORT_FIELD_OF, METRIC_OF, namesOf, SORT_ORDER_OF } from '../words.ts'
import { parseJobInterval } from './job-interval.ts'

export type JobQueryFields = Static<TObject<typeof JOB_QUERY_FIELDS>>

/**
 * What the jobs of wire endpoints 8 and 10 ask alike, in our words, with its defaults (wire.md §2): by day, all six
 * metrics. What a job is sorted by but does not group by is the same in all its rows.
 * @param groupBy in the order of the response's keys: by date and then so are rows ordered that `sortBy` leaves equal.
 * @throws Refusal invalid.date for an interval that is none, or that a job cannot have.
 */
export function translateJobQuery(
  body: JobQueryFields,
  groupBy: readonly Dimension[],
  filters: Readonly<Partial<Record<Dimension, readonly string[] | undefined>>>,
  now: number,
): UsageQuery {
  const metrics = namesOf(METRIC_OF, body.metrics ?? [], PLATFORM_METRICS)
  return {
    interval: parseJobInterval(body.interval, now),
    timeZone: 'UTC',
    granularity: body.granularity ?? 'Day',
    groupBy,
    metrics: metrics.length === 0 ? PLATFORM_METRICS : metrics,
    filters: given({
      templateUri: body.templateUris?.map(asKept),
      httpMethod: body.httpMethods,
      platform: body.platforms,
      ...filters,
    }),
    sortBy: sortFieldsOf(body.sortBy),
  }
}

/** A template in the form in which those of events are kept; no call is without one. */
function asKept(templateUri: string): string {
  return templateUri === '' ? '' : normalizeTemplate(templateUri)
}

/** A field that is named again changes nothing any more. */
function sortFieldsOf(sortBy: JobQueryFields['sortBy'] = []): readonly SortField[] {
  const fields = new Map<SortField['field'], SortField['order']>()
  for (const { fieldName, order = 'Asc' } of sortBy) {
    const field = JOB_SORT_FIELD_OF[fieldName]
    if (!fields.has(field)) fields.set(field, SORT_ORDER_OF[order])
  }
  return [...fields].map(([field, order]) => ({ field, order }))
}

function given(filters: Readonly<Partial<Record<Dimension, readonly string[] | undefined>>>): UsageQuery['filters'] {
  const asked = Object.entries(filters).filter(([, values = []]) => values.length > 0)
  return Object.fromEntries(asked)
}
