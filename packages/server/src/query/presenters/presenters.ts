import { apiUsageQueryResult } from './api-usage-query-result.ts'
import { clientPublicApiUsageResultsResponse } from './client-public-api-usage-results-response.ts'
import { organizationPublicApiUsageResultsResponse } from './organization-public-api-usage-results-response.ts'
import type { Presenter } from './presenter.ts'

/** Every shape in which usage is answered, named as its response is in the platform's API. */
export const PRESENTERS = {
  ApiUsageQueryResult: apiUsageQueryResult,
  OrganizationPublicApiUsageResultsResponse: organizationPublicApiUsageResultsResponse,
  ClientPublicApiUsageResultsResponse: clientPublicApiUsageResultsResponse,
} satisfies Record<string, Presenter>
