import { Type } from 'typebox'
import { PRESENTERS } from '../../query/presenters/presenters.ts'
import type { ApiModule } from '../api.ts'
import { sendResult } from './execution-result.ts'
import { SIMPLE_SEARCH } from './operations.ts'
import { PageQuery, pageOf, WHOLE } from './pages.ts'
import { ApiUsageQueryResult } from './schemas/api-usage-query-result.ts'

/** GET /api/v2/usage/simplesearch/{executionId}/results (wire endpoint 7): what a search found, in pages or whole. */
export const getUsageSimpleSearchResults: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'getUsageSimplesearchExecutionIdResults',
    tags: ['Usage'],
    summary: 'Get the results of a usage search',
    description: 'Without a page size everything that is left, as before the platform had pages.',
    params: Type.Object({
      executionId: Type.String({ format: 'uuid', description: 'What submitting the search answered.' }),
    }),
    querystring: PageQuery,
    response: { 200: ApiUsageQueryResult },
  }
  const config = { access: { anyPermission: SIMPLE_SEARCH.anyPermission } }
  api.get(SIMPLE_SEARCH.resultsPath, { schema, config }, async (request, reply) => {
    const asked = { id: request.params.executionId, organizationId: request.caller.organizationId, clientId: '' }
    const page = pageOf(request.query, WHOLE.size)
    return sendResult(reply, parts.executions, SIMPLE_SEARCH, asked, PRESENTERS.ApiUsageQueryResult, page)
  })
}
