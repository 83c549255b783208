import type { Dimension } from '../../../domain/catalogue.ts'
import { parseInterval } from '../../../domain/interval.ts'
import type { UsageQuery } from '../../../domain/usage-query.ts'
import { normalizeTemplate } from '../../../templates/template-syntax.ts'
import type { ApiUsageSimpleSearch } from '../schemas/api-usage-simple-search.ts'
import { namesOf, SEARCH_COLUMN_OF, wordsOf } from '../words.ts'

const MAX_ROWS = 20_000
const DIMENSIONS = ['clientName', 'templateUri', 'httpMethod'] as const
const METRICS = ['status200', 'status300', 'status400', 'status500', 'status429'] as const

/**
 * Wire endpoint 6's question in our words (wire.md §2): its "metrics" are the columns, of which some tell apart and
 * some add up. Rows are ordered by date, then by the dimensions in the order of the response's keys, and end after the
 * first 20,000.
 * @throws Refusal invalid.date for an interval that is none.
 */
export function translateSimpleSearch(body: ApiUsageSimpleSearch, now: number): UsageQuery {
  const { metrics = [] } = body
  const columns = metrics.length === 0 ? wordsOf(SEARCH_COLUMN_OF) : metrics
  return {
    interval: parseInterval(body.interval, { timeZone: 'UTC', now }),
    timeZone: 'UTC',
    granularity: columns.includes('Date') ? 'Day' : undefined,
    groupBy: withClientId(namesOf(SEARCH_COLUMN_OF, columns, DIMENSIONS)),
    metrics: namesOf(SEARCH_COLUMN_OF, columns, METRICS),
    filters: filtersOf(body),
    sortBy: [],
    maxRows: MAX_ROWS,
  }
}

/** Names are not unique: clients are told apart by their id (decisions.md 13). */
function withClientId(dimensions: readonly Dimension[]): readonly Dimension[] {
  return dimensions.includes('clientName') ? ['clientId', ...dimensions] : dimensions
}

/** Templates are looked for as they are kept, whichever way their parameters and slashes are written. */
function filtersOf({ oauthClientNames = [], httpMethods = [], templateUris = [] }: ApiUsageSimpleSearch) {
  return {
    ...(oauthClientNames.length === 0 ? {} : { clientName: oauthClientNames }),
    ...(httpMethods.length === 0 ? {} : { httpMethod: httpMethods }),
    ...(templateUris.length === 0 ? {} : { templateUri: templateUris.map(normalizeTemplate) }),
  }
}
