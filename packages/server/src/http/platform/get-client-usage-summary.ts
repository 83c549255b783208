import { Type } from 'typebox'
import type { ApiModule } from '../api.ts'
import { clientSubmission } from './client-submission.ts'
import { CLIENT_USAGE_QUERY } from './operations.ts'
import { ClientId } from './schemas/client-id.ts'
import { UsageExecutionResult } from './schemas/usage-execution-result.ts'
import { sendSubmitted } from './submitted-query.ts'
import { translateUsageSummary } from './translations/usage-summary.ts'

const DEFAULT_DAYS = '7'

/** A string, as the platform has it. */
const Days = Type.String({
  pattern: '^(?:[1-9]\\d?|[12]\\d\\d|3[0-5]\\d|36[0-5])$',
  default: DEFAULT_DAYS,
  description: 'a whole number of days from 1 to 365',
})

/** GET /api/v2/oauth/clients/{clientId}/usage/summary (wire endpoint 5): asks, and is answered by endpoint 4. */
export const getClientUsageSummary: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'getOauthClientUsageSummary',
    tags: ['Usage'],
    summary: 'Submit a query of one client’s recent API usage, by day',
    description: 'From the UTC day so many days ago up to now. The answer says where to poll for the result.',
    params: Type.Object({ clientId: ClientId }),
    querystring: Type.Object({ days: Type.Optional(Days) }),
    response: { 202: UsageExecutionResult },
  }
  const config = { access: { anyPermission: CLIENT_USAGE_QUERY.anyPermission } }
  api.get('/api/v2/oauth/clients/:clientId/usage/summary', { schema, config }, async (request, reply) => {
    const query = translateUsageSummary(Number(request.query.days ?? DEFAULT_DAYS), parts.now())
    const submission = await clientSubmission(parts, request.caller, request.params.clientId, query)
    return sendSubmitted(reply, parts.executions, CLIENT_USAGE_QUERY, submission)
  })
}
