import { Type } from 'typebox'
import { JOB_ENTITY_FIELDS, jobResultsOf } from './job-results-fields.ts'

/** What wire endpoint 9 answers. */
export const OrganizationPublicApiUsageResultsResponse = jobResultsOf({
  ...JOB_ENTITY_FIELDS,
  oauthClient: Type.Optional(
    Type.Object(
      {
        id: Type.Optional(Type.String()),
        name: Type.Optional(Type.String()),
        selfUri: Type.Optional(Type.String()),
      },
      { description: 'Only its name when it was grouped by nothing else.' },
    ),
  ),
  user: Type.Optional(Type.Object({ id: Type.String(), selfUri: Type.String() })),
})
