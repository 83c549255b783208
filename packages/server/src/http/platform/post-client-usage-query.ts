import { Type } from 'typebox'
import type { ApiModule } from '../api.ts'
import { clientSubmission } from './client-submission.ts'
import { CLIENT_USAGE_QUERY } from './operations.ts'
import { ApiUsageClientQuery } from './schemas/api-usage-client-query.ts'
import { ClientId } from './schemas/client-id.ts'
import { UsageExecutionResult } from './schemas/usage-execution-result.ts'
import { sendSubmitted } from './submitted-query.ts'
import { translateUsageQuery } from './translations/usage-query.ts'

/** POST /api/v2/oauth/clients/{clientId}/usage/query (wire endpoint 3): submit a query over the calls of one client. */
export const postClientUsageQuery: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'postOauthClientUsageQuery',
    tags: ['Usage'],
    summary: 'Query the API usage of one of your clients',
    description:
      'Its calls in your organization and in every organization where it is authorized when the query is submitted. ' +
      'The answer says where to poll for the result.',
    params: Type.Object({ clientId: ClientId }),
    body: ApiUsageClientQuery,
    response: { 202: UsageExecutionResult },
  }
  const config = { access: { anyPermission: CLIENT_USAGE_QUERY.anyPermission } }
  api.post('/api/v2/oauth/clients/:clientId/usage/query', { schema, config }, async (request, reply) => {
    const query = translateUsageQuery(request.body, parts.now())
    const submission = await clientSubmission(parts, request.caller, request.params.clientId, query)
    return sendSubmitted(reply, parts.executions, CLIENT_USAGE_QUERY, submission)
  })
}
