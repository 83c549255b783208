import { type Dimension, PLATFORM_METRICS } from '../../../domain/catalogue.ts'
import { parseInterval } from '../../../domain/interval.ts'
import type { UsageQuery } from '../../../domain/usage-query.ts'
import { RESULT_DIMENSIONS } from '../../../query/presenters/api-usage-query-result.ts'
import type { ApiUsageOrganizationQuery } from '../schemas/api-usage-organization-query.ts'
import { METRIC_OF, namesOf, USAGE_QUERY_DIMENSION_OF } from '../words.ts'

/**
 * The question of wire endpoints 1 and 3 in our words, with its defaults (wire.md §2): by client, one total, all six
 * metrics. Rows are ordered by date, then by the dimensions in the order of the response's keys.
 * @throws Refusal invalid.date for an interval that is none.
 */
export function translateUsageQuery(body: ApiUsageOrganizationQuery, now: number): UsageQuery {
  const metrics = namesOf(METRIC_OF, body.metrics ?? [], PLATFORM_METRICS)
  return {
    interval: parseInterval(body.interval, { timeZone: 'UTC', now }),
    timeZone: 'UTC',
    granularity: body.granularity,
    groupBy: dimensionsOf(body.groupBy),
    metrics: metrics.length === 0 ? PLATFORM_METRICS : metrics,
    filters: {},
    sortBy: [],
  }
}

function dimensionsOf(groupBy: ApiUsageOrganizationQuery['groupBy'] = []): readonly Dimension[] {
  const named = namesOf(USAGE_QUERY_DIMENSION_OF, groupBy, RESULT_DIMENSIONS)
  return named.length === 0 || named.includes('clientId') ? withClient(named) : named
}

/** `clientName` comes with `clientId` (wire.md §3); both stand first. */
function withClient(dimensions: readonly Dimension[]): readonly Dimension[] {
  return ['clientId', 'clientName', ...dimensions.filter((dimension) => dimension !== 'clientId')]
}
