import { type Static, Type } from 'typebox'
import { METRIC_OF, PLATFORM_GRANULARITIES, USAGE_QUERY_DIMENSION_OF, wordsOf } from '../words.ts'

/** Body of wire endpoint 1, under the platform's name for it. */
export const ApiUsageOrganizationQuery = Type.Object({
  interval: Type.String({
    description:
      'From when to when, ISO 8601 `start/end`, the end inclusive at its own precision: `2020-02-01/2020-02-28` ' +
      'includes the 28th. A side without a zone is UTC.',
    examples: ['2020-02-01/2020-02-28'],
  }),
  granularity: Type.Optional(
    Type.Enum([...PLATFORM_GRANULARITIES], {
      description: 'A row a day, week (Monday first) or month, UTC; without one the whole interval is totalled.',
    }),
  ),
  metrics: Type.Optional(
    Type.Array(Type.Enum(wordsOf(METRIC_OF)), { description: 'What to add up; all six when there are none.' }),
  ),
  groupBy: Type.Optional(
    Type.Array(Type.Enum(wordsOf(USAGE_QUERY_DIMENSION_OF)), {
      description: 'What to tell apart; OAuthClientId when there is nothing.',
    }),
  ),
})
export type ApiUsageOrganizationQuery = Static<typeof ApiUsageOrganizationQuery>
