import { Type } from 'typebox'
import { JOB_ENTITY_FIELDS, jobResultsOf } from './job-results-fields.ts'

/** What wire endpoint 11 answers. */
export const ClientPublicApiUsageResultsResponse = jobResultsOf({
  ...JOB_ENTITY_FIELDS,
  organizationId: Type.Optional(
    Type.String({ description: 'Where the calls were made; only when it was grouped by.' }),
  ),
})
