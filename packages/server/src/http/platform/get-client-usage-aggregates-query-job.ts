import { Type } from 'typebox'
import { PRESENTERS } from '../../query/presenters/presenters.ts'
import type { ApiModule } from '../api.ts'
import { sendResult } from './execution-result.ts'
import { CLIENT_JOB } from './operations.ts'
import { JOB_PAGE_SIZE, PageQuery, pageOf } from './pages.ts'
import { ClientId } from './schemas/client-id.ts'
import { ClientPublicApiUsageResultsResponse } from './schemas/client-public-api-usage-results-response.ts'
import { JobId } from './schemas/job-id.ts'

/** GET /api/v2/usage/client/{clientId}/aggregates/query/jobs/{jobId} (wire endpoint 11): a page of the result, or how far it is. */
export const getClientUsageAggregatesQueryJob: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'getUsageClientClientIdAggregatesQueryJob',
    tags: ['Usage'],
    summary: 'Get the status and results of a job over one of your clients',
    params: Type.Object({ clientId: ClientId, jobId: JobId }),
    querystring: PageQuery,
    response: { 200: ClientPublicApiUsageResultsResponse },
  }
  const config = { access: { anyPermission: CLIENT_JOB.anyPermission } }
  const presenter = PRESENTERS.ClientPublicApiUsageResultsResponse
  api.get(CLIENT_JOB.resultsPath, { schema, config }, async (request, reply) => {
    const { clientId, jobId: id } = request.params
    const asked = { id, organizationId: request.caller.organizationId, clientId }
    return sendResult(reply, parts.executions, CLIENT_JOB, asked, presenter, pageOf(request.query, JOB_PAGE_SIZE))
  })
}
