import { type Static, Type } from 'typebox'
import { ORGANIZATION_JOB_DIMENSION_OF, wordsOf } from '../words.ts'
import { anyOf, JOB_QUERY_FIELDS } from './job-query-fields.ts'

/** Body of wire endpoint 8, under the platform's name for it. */
export const OrganizationPublicApiUsageQueryRequest = Type.Object({
  ...JOB_QUERY_FIELDS,
  userIds: anyOf('on behalf of these users'),
  oauthClientIds: anyOf('by these OAuth clients'),
  groupBy: Type.Optional(
    Type.Array(Type.Enum(wordsOf(ORGANIZATION_JOB_DIMENSION_OF)), {
      description: 'What to tell apart; everything when there is nothing. OauthClientId comes with the client’s name.',
    }),
  ),
})
export type OrganizationPublicApiUsageQueryRequest = Static<typeof OrganizationPublicApiUsageQueryRequest>
