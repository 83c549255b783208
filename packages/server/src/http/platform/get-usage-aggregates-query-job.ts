import { Type } from 'typebox'
import { PRESENTERS } from '../../query/presenters/presenters.ts'
import type { ApiModule } from '../api.ts'
import { sendResult } from './execution-result.ts'
import { ORGANIZATION_JOB } from './operations.ts'
import { JOB_PAGE_SIZE, PageQuery, pageOf } from './pages.ts'
import { JobId } from './schemas/job-id.ts'
import { OrganizationPublicApiUsageResultsResponse } from './schemas/organization-public-api-usage-results-response.ts'

/** GET /api/v2/usage/aggregates/query/jobs/{jobId} (wire endpoint 9): a page of the result of a job, or how far it is. */
export const getUsageAggregatesQueryJob: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'getUsageAggregatesQueryJob',
    tags: ['Usage'],
    summary: 'Get the status and results of a job',
    params: Type.Object({ jobId: JobId }),
    querystring: PageQuery,
    response: { 200: OrganizationPublicApiUsageResultsResponse },
  }
  const config = { access: { anyPermission: ORGANIZATION_JOB.anyPermission } }
  const presenter = PRESENTERS.OrganizationPublicApiUsageResultsResponse
  api.get(ORGANIZATION_JOB.resultsPath, { schema, config }, async (request, reply) => {
    const { organizationId } = request.caller
    const asked = { id: request.params.jobId, organizationId, clientId: '' }
    const page = pageOf(request.query, JOB_PAGE_SIZE)
    return sendResult(reply, parts.executions, ORGANIZATION_JOB, asked, presenter, page)
  })
}
