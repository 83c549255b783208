import { type Static, Type } from 'typebox'
import { CLIENT_JOB_DIMENSION_OF, wordsOf } from '../words.ts'
import { anyOf, JOB_QUERY_FIELDS } from './job-query-fields.ts'

/** Body of wire endpoint 10, under the platform's name for it. */
export const ClientPublicApiUsageQueryRequest = Type.Object({
  ...JOB_QUERY_FIELDS,
  organizationIds: anyOf('in these of the organizations in which the client is authorized'),
  groupBy: Type.Optional(
    Type.Array(Type.Enum(wordsOf(CLIENT_JOB_DIMENSION_OF)), {
      description: 'What to tell apart; everything when there is nothing.',
    }),
  ),
})
export type ClientPublicApiUsageQueryRequest = Static<typeof ClientPublicApiUsageQueryRequest>
