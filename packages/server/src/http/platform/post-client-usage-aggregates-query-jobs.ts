import { Type } from 'typebox'
import type { ApiModule } from '../api.ts'
import { clientSubmission } from './client-submission.ts'
import { CLIENT_JOB } from './operations.ts'
import { ClientId } from './schemas/client-id.ts'
import { ClientPublicApiUsageQueryRequest } from './schemas/client-public-api-usage-query-request.ts'
import { UsageQueryResponse } from './schemas/usage-query-response.ts'
import { sendSubmittedJob } from './submitted-job.ts'
import { translateClientJob } from './translations/client-job.ts'

/** POST /api/v2/usage/client/{clientId}/aggregates/query/jobs (wire endpoint 10): submit a job over the calls of one client. */
export const postClientUsageAggregatesQueryJobs: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'postUsageClientClientIdAggregatesQueryJobs',
    tags: ['Usage'],
    summary: 'Submit a job over the API usage of one of your clients',
    description:
      'Its calls in your organization and in every organization where it is authorized when the job is submitted. ' +
      'The answer says where to poll for the result.',
    params: Type.Object({ clientId: ClientId }),
    body: ClientPublicApiUsageQueryRequest,
    response: { 202: UsageQueryResponse },
  }
  const config = { access: { anyPermission: CLIENT_JOB.anyPermission } }
  api.post('/api/v2/usage/client/:clientId/aggregates/query/jobs', { schema, config }, async (request, reply) => {
    const query = translateClientJob(request.body, parts.now())
    const submission = await clientSubmission(parts, request.caller, request.params.clientId, query)
    return sendSubmittedJob(reply, parts.executions, CLIENT_JOB, submission)
  })
}
