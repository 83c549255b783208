import type { ApiModule } from '../api.ts'
import { SIMPLE_SEARCH } from './operations.ts'
import { ApiUsageSimpleSearch } from './schemas/api-usage-simple-search.ts'
import { UsageExecutionResult } from './schemas/usage-execution-result.ts'
import { sendSubmitted } from './submitted-query.ts'
import { translateSimpleSearch } from './translations/simple-search.ts'

/** POST /api/v2/usage/simplesearch (wire endpoint 6): search the calls made in the caller's organization. */
export const postUsageSimpleSearch: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'postUsageSimplesearch',
    tags: ['Usage'],
    summary: 'Search the API usage of the organization',
    description: 'The first 20,000 rows. The answer says where to poll for them.',
    body: ApiUsageSimpleSearch,
    response: { 202: UsageExecutionResult },
  }
  const config = { access: { anyPermission: SIMPLE_SEARCH.anyPermission } }
  api.post('/api/v2/usage/simplesearch', { schema, config }, async (request, reply) => {
    const { organizationId, scope } = request.caller
    const query = translateSimpleSearch(request.body, parts.now())
    return sendSubmitted(reply, parts.executions, SIMPLE_SEARCH, { organizationId, clientId: '', scope, query })
  })
}
