import { Type } from 'typebox'
import type { ApiModule } from '../api.ts'
import { cancelExecution } from './execution-result.ts'
import { CLIENT_JOB } from './operations.ts'
import { ClientId } from './schemas/client-id.ts'
import { JobId } from './schemas/job-id.ts'

/** DELETE /api/v2/usage/client/{clientId}/aggregates/query/jobs/{jobId}: cancel a job (decisions.md 14). */
export const deleteClientUsageAggregatesQueryJob: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'deleteUsageClientClientIdAggregatesQueryJob',
    tags: ['Usage'],
    summary: 'Cancel a job over one of your clients, and let go of its result',
    params: Type.Object({ clientId: ClientId, jobId: JobId }),
    response: { 204: Type.Null({ description: 'The job is cancelled' }) },
  }
  const config = { access: { anyPermission: CLIENT_JOB.anyPermission } }
  api.delete(CLIENT_JOB.resultsPath, { schema, config }, async (request, reply) => {
    const { clientId, jobId: id } = request.params
    await cancelExecution(parts.executions, CLIENT_JOB, { id, organizationId: request.caller.organizationId, clientId })
    return reply.code(204).send(null)
  })
}
