import { Type } from 'typebox'

/** What wire endpoints 8 and 10 answer: the platform's OrganizationUsageQueryResponse and ClientUsageQueryResponse. */
export const UsageQueryResponse = Type.Object({
  id: Type.String({ format: 'uuid' }),
  resultsUri: Type.String({ description: 'Where the result will be, relative to the server.' }),
  selfUri: Type.String({ description: 'The job itself: DELETE cancels it. Relative to the server.' }),
})
