import { DAY_MS, floorTo, MINUTE_MS } from '../../../domain/bucket.ts'
import { PLATFORM_METRICS } from '../../../domain/catalogue.ts'
import type { UsageQuery } from '../../../domain/usage-query.ts'

/**
 * Wire endpoint 5's question in our words (wire.md §2): a client by day, from the UTC day so many days ago up to now.
 * The minute that is running is in it.
 */
export function translateUsageSummary(days: number, now: number): UsageQuery {
  return {
    interval: { start: floorTo(now, DAY_MS) - days * DAY_MS, end: floorTo(now, MINUTE_MS) + MINUTE_MS },
    timeZone: 'UTC',
    granularity: 'Day',
    groupBy: ['clientId', 'clientName'],
    metrics: PLATFORM_METRICS,
    filters: {},
    sortBy: [],
  }
}
