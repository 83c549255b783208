import { Type } from 'typebox'
import type { ApiModule } from '../api.ts'
import { cancelExecution } from './execution-result.ts'
import { ORGANIZATION_JOB } from './operations.ts'
import { JobId } from './schemas/job-id.ts'

/** DELETE /api/v2/usage/aggregates/query/jobs/{jobId}: cancel a job (decisions.md 14). */
export const deleteUsageAggregatesQueryJob: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'deleteUsageAggregatesQueryJob',
    tags: ['Usage'],
    summary: 'Cancel a job, and let go of its result',
    params: Type.Object({ jobId: JobId }),
    response: { 204: Type.Null({ description: 'The job is cancelled' }) },
  }
  const config = { access: { anyPermission: ORGANIZATION_JOB.anyPermission } }
  api.delete(ORGANIZATION_JOB.resultsPath, { schema, config }, async (request, reply) => {
    const { organizationId } = request.caller
    await cancelExecution(parts.executions, ORGANIZATION_JOB, {
      id: request.params.jobId,
      organizationId,
      clientId: '',
    })
    return reply.code(204).send(null)
  })
}
