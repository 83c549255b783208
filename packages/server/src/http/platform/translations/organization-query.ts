import { type Dimension, type Metric, PLATFORM_METRICS } from '../../../domain/catalogue.ts'
import { parseInterval } from '../../../domain/interval.ts'
import type { UsageQuery } from '../../../domain/usage-query.ts'
import { RESULT_DIMENSIONS } from '../../../query/presenters/api-usage-query-result.ts'
import type { ApiUsageOrganizationQuery } from '../schemas/api-usage-organization-query.ts'
import { METRIC_OF, USAGE_QUERY_DIMENSION_OF } from '../words.ts'

/**
 * Wire endpoint 1's question in our words, with its defaults (wire.md §2): by client, one total, all six metrics. Rows
 * are ordered by date, then by the dimensions in the order of the response's keys.
 * @throws Refusal invalid.date for an interval that is none.
 */
export function translateOrganizationQuery(body: ApiUsageOrganizationQuery, now: number): UsageQuery {
  return {
    interval: parseInterval(body.interval, { timeZone: 'UTC', now }),
    timeZone: 'UTC',
    granularity: body.granularity,
    groupBy: dimensionsOf(body.groupBy),
    metrics: metricsOf(body.metrics),
    filters: {},
    sortBy: [],
  }
}

function dimensionsOf(groupBy: ApiUsageOrganizationQuery['groupBy'] = []): readonly Dimension[] {
  const named = new Set<Dimension>(groupBy.map((word) => USAGE_QUERY_DIMENSION_OF[word]))
  if (named.size === 0) named.add('clientId')
  if (named.has('clientId')) named.add('clientName')
  return RESULT_DIMENSIONS.filter((dimension) => named.has(dimension))
}

function metricsOf(metrics: ApiUsageOrganizationQuery['metrics'] = []): readonly Metric[] {
  if (metrics.length === 0) return PLATFORM_METRICS
  const named = new Set<Metric>(metrics.map((word) => METRIC_OF[word]))
  return PLATFORM_METRICS.filter((metric) => named.has(metric))
}
