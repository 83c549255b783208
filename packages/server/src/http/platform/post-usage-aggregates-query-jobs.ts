import type { ApiModule } from '../api.ts'
import { ORGANIZATION_JOB, resultsUri } from './operations.ts'
import { OrganizationPublicApiUsageQueryRequest } from './schemas/organization-public-api-usage-query-request.ts'
import { UsageQueryResponse } from './schemas/usage-query-response.ts'
import { translateOrganizationJob } from './translations/organization-job.ts'

/** POST /api/v2/usage/aggregates/query/jobs (wire endpoint 8): submit a job over the calls made in the caller's organization. */
export const postUsageAggregatesQueryJobs: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'postUsageAggregatesQueryJobs',
    tags: ['Usage'],
    summary: 'Query the API usage of the organization with filters, an order and pages',
    description: 'The answer says where to poll for the result.',
    body: OrganizationPublicApiUsageQueryRequest,
    response: { 202: UsageQueryResponse },
  }
  const config = { access: { anyPermission: ORGANIZATION_JOB.anyPermission } }
  api.post('/api/v2/usage/aggregates/query/jobs', { schema, config }, async (request, reply) => {
    const { organizationId, scope } = request.caller
    const query = translateOrganizationJob(request.body, parts.now())
    const submission = { organizationId, operation: ORGANIZATION_JOB.name, clientId: '', scope, query }
    const job = await parts.executions.submit(submission)
    const uri = resultsUri(ORGANIZATION_JOB, job)
    return reply.code(202).send({ id: job.id, resultsUri: uri, selfUri: uri })
  })
}
