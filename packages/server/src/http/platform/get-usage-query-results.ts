import { Type } from 'typebox'
import { PRESENTERS } from '../../query/presenters/presenters.ts'
import type { ApiModule } from '../api.ts'
import { sendResult } from './execution-result.ts'
import { USAGE_QUERY } from './operations.ts'
import { ApiUsageQueryResult } from './schemas/api-usage-query-result.ts'

/** GET /api/v2/usage/query/{executionId}/results (wire endpoint 2): the result of a query, or how far it is. */
export const getUsageQueryResults: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'getUsageQueryExecutionIdResults',
    tags: ['Usage'],
    summary: 'Get the results of a usage query',
    params: Type.Object({
      executionId: Type.String({ format: 'uuid', description: 'What submitting the query answered.' }),
    }),
    response: { 200: ApiUsageQueryResult },
  }
  const config = { access: { anyPermission: USAGE_QUERY.anyPermission } }
  api.get(USAGE_QUERY.resultsPath, { schema, config }, async (request, reply) => {
    const { organizationId } = request.caller
    const asked = { id: request.params.executionId, organizationId, clientId: '' }
    return sendResult(reply, parts.executions, USAGE_QUERY, asked, PRESENTERS.ApiUsageQueryResult)
  })
}
