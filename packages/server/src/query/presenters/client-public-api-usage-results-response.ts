import type { Dimension } from '../../domain/catalogue.ts'
import { JOB_DIMENSIONS, jobEntityFields, objectWriter, textField } from './job-entity.ts'
import { jobResults } from './job-results.ts'

/** The dimensions of an entity, in the order of its keys. */
export const CLIENT_JOB_DIMENSIONS = [...JOB_DIMENSIONS, 'organizationId'] as const satisfies readonly Dimension[]

/** The platform's ClientPublicApiUsageResultsResponse. */
export const clientPublicApiUsageResultsResponse = jobResults((query) =>
  objectWriter([...jobEntityFields(query), textField(query, 'organizationId')]),
)
