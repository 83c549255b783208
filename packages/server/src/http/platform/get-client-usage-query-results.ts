import { Type } from 'typebox'
import { PRESENTERS } from '../../query/presenters/presenters.ts'
import type { ApiModule } from '../api.ts'
import { sendResult } from './execution-result.ts'
import { CLIENT_USAGE_QUERY } from './operations.ts'
import { ApiUsageQueryResult } from './schemas/api-usage-query-result.ts'
import { ClientId } from './schemas/client-id.ts'

/** GET /api/v2/oauth/clients/{clientId}/usage/query/results/{executionId} (wire endpoint 4), for 3 and 5. */
export const getClientUsageQueryResults: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'getOauthClientUsageQueryResult',
    tags: ['Usage'],
    summary: 'Get the results of a client usage query or summary',
    params: Type.Object({
      clientId: ClientId,
      executionId: Type.String({ format: 'uuid', description: 'What submitting the query answered.' }),
    }),
    response: { 200: ApiUsageQueryResult },
  }
  const config = { access: { anyPermission: CLIENT_USAGE_QUERY.anyPermission } }
  api.get(CLIENT_USAGE_QUERY.resultsPath, { schema, config }, async (request, reply) => {
    const { clientId, executionId: id } = request.params
    const asked = { id, organizationId: request.caller.organizationId, clientId }
    return sendResult(reply, parts.executions, CLIENT_USAGE_QUERY, asked, PRESENTERS.ApiUsageQueryResult)
  })
}
