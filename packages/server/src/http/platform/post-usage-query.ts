import type { ApiModule } from '../api.ts'
import { USAGE_QUERY } from './operations.ts'
import { ApiUsageOrganizationQuery } from './schemas/api-usage-organization-query.ts'
import { UsageExecutionResult } from './schemas/usage-execution-result.ts'
import { sendSubmitted } from './submitted-query.ts'
import { translateUsageQuery } from './translations/usage-query.ts'

/** POST /api/v2/usage/query (wire endpoint 1): submit a query over the calls made in the caller's organization. */
export const postUsageQuery: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'postUsageQuery',
    tags: ['Usage'],
    summary: 'Query the API usage of the organization',
    description: 'The answer says where to poll for the result.',
    body: ApiUsageOrganizationQuery,
    response: { 202: UsageExecutionResult },
  }
  const config = { access: { anyPermission: USAGE_QUERY.anyPermission } }
  api.post('/api/v2/usage/query', { schema, config }, async (request, reply) => {
    const { organizationId, scope } = request.caller
    const query = translateUsageQuery(request.body, parts.now())
    return sendSubmitted(reply, parts.executions, USAGE_QUERY, { organizationId, clientId: '', scope, query })
  })
}
