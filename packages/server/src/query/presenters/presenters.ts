import { apiUsageQueryResult } from './api-usage-query-result.ts'
import type { Presenter } from './presenter.ts'

/** Every shape in which usage is answered, named as its response is in the platform's API. */
export const PRESENTERS = { ApiUsageQueryResult: apiUsageQueryResult } satisfies Record<string, Presenter>
