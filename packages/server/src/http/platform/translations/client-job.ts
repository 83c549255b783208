import type { Dimension } from '../../../domain/catalogue.ts'
import type { UsageQuery } from '../../../domain/usage-query.ts'
import { CLIENT_JOB_DIMENSIONS } from '../../../query/presenters/client-public-api-usage-results-response.ts'
import type { ClientPublicApiUsageQueryRequest } from '../schemas/client-public-api-usage-query-request.ts'
import { CLIENT_JOB_DIMENSION_OF, namesOf } from '../words.ts'
import { translateJobQuery } from './job-query.ts'

/**
 * Wire endpoint 10's question in our words: without groupBy every dimension is told apart. Its organizations narrow the
 * scope that it is asked with, and never widen it.
 * @throws Refusal invalid.date for an interval that is none, or that a job cannot have.
 */
export function translateClientJob(body: ClientPublicApiUsageQueryRequest, now: number): UsageQuery {
  return translateJobQuery(body, dimensionsOf(body.groupBy), { organizationId: body.organizationIds }, now)
}

function dimensionsOf(groupBy: ClientPublicApiUsageQueryRequest['groupBy'] = []): readonly Dimension[] {
  return groupBy.length === 0 ? CLIENT_JOB_DIMENSIONS : namesOf(CLIENT_JOB_DIMENSION_OF, groupBy, CLIENT_JOB_DIMENSIONS)
}
