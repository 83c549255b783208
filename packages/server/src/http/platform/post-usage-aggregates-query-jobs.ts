import type { ApiModule } from '../api.ts'
import { ORGANIZATION_JOB } from './operations.ts'
import { OrganizationPublicApiUsageQueryRequest } from './schemas/organization-public-api-usage-query-request.ts'
import { UsageQueryResponse } from './schemas/usage-query-response.ts'
import { sendSubmittedJob } from './submitted-job.ts'
import { translateOrganizationJob } from './translations/organization-job.ts'

/** POST /api/v2/usage/aggregates/query/jobs (wire endpoint 8): submit a job over the calls made in the caller's organization. */
export const postUsageAggregatesQueryJobs: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'postUsageAggregatesQueryJobs',
    tags: ['Usage'],
    summary: 'Submit a job over the API usage of the organization',
    description: 'With filters, an order and pages. The answer says where to poll for the result.',
    body: OrganizationPublicApiUsageQueryRequest,
    response: { 202: UsageQueryResponse },
  }
  const config = { access: { anyPermission: ORGANIZATION_JOB.anyPermission } }
  api.post('/api/v2/usage/aggregates/query/jobs', { schema, config }, async (request, reply) => {
    const { organizationId, scope } = request.caller
    const query = translateOrganizationJob(request.body, parts.now())
    return sendSubmittedJob(reply, parts.executions, ORGANIZATION_JOB, { organizationId, clientId: '', scope, query })
  })
}
