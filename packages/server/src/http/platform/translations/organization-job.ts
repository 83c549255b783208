import type { Dimension } from '../../../domain/catalogue.ts'
import type { UsageQuery } from '../../../domain/usage-query.ts'
import { ORGANIZATION_JOB_DIMENSIONS } from '../../../query/presenters/organization-public-api-usage-results-response.ts'
import type { OrganizationPublicApiUsageQueryRequest } from '../schemas/organization-public-api-usage-query-request.ts'
import { namesOf, ORGANIZATION_JOB_DIMENSION_OF } from '../words.ts'
import { translateJobQuery } from './job-query.ts'

/**
 * Wire endpoint 8's question in our words: without groupBy every dimension is told apart, and a client's id comes with
 * its name.
 * @throws Refusal invalid.date for an interval that is none, or that a job cannot have.
 */
export function translateOrganizationJob(body: OrganizationPublicApiUsageQueryRequest, now: number): UsageQuery {
  const filters = { userId: body.userIds, clientId: body.oauthClientIds }
  return translateJobQuery(body, dimensionsOf(body.groupBy), filters, now)
}

function dimensionsOf(groupBy: OrganizationPublicApiUsageQueryRequest['groupBy'] = []): readonly Dimension[] {
  if (groupBy.length === 0) return ORGANIZATION_JOB_DIMENSIONS
  const words = groupBy.includes('OauthClientId') ? [...groupBy, 'OauthClientName' as const] : groupBy
  return namesOf(ORGANIZATION_JOB_DIMENSION_OF, words, ORGANIZATION_JOB_DIMENSIONS)
}
