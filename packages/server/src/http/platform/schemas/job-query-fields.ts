import { Type } from 'typebox'
import {
  JOB_HTTP_METHODS,
  JOB_SORT_FIELD_OF,
  METRIC_OF,
  PLATFORM_GRANULARITIES,
  SORT_ORDER_OF,
  wordsOf,
} from '../words.ts'

/** A filter: the values of which a call has to have one. */
export const anyOf = (what: string) =>
  Type.Optional(Type.Array(Type.String(), { description: `Only calls ${what}; all of them when there are none.` }))

/** What the bodies of wire endpoints 8 and 10 have in common; [] and "" are as if they were left out. */
export const JOB_QUERY_FIELDS = {
  interval: Type.String({
    description:
      'From when to when, ISO 8601 `start/end`, the end inclusive at its own precision. It starts at most a year ago, ' +
      'its end date is at most 90 days after its start date; a side without a zone is UTC.',
    examples: ['2026-09-01/2026-09-30'],
  }),
  granularity: Type.Optional(
    Type.Enum([...PLATFORM_GRANULARITIES], {
      description: 'A row a day, week (Monday first) or month, UTC; a day when it is left out.',
    }),
  ),
  sortBy: Type.Optional(
    Type.Array(
      Type.Object({
        fieldName: Type.Enum(wordsOf(JOB_SORT_FIELD_OF)),
        order: Type.Optional(Type.Enum(wordsOf(SORT_ORDER_OF), { description: 'Asc when it is left out.' })),
      }),
      { description: 'The first field goes before the second; without any by date, then by the dimensions.' },
    ),
  ),
  metrics: Type.Optional(
    Type.Array(Type.Enum(wordsOf(METRIC_OF)), { description: 'What to add up; all six when there are none.' }),
  ),
  templateUris: anyOf('of these route templates'),
  httpMethods: Type.Optional(
    Type.Array(Type.Enum([...JOB_HTTP_METHODS]), {
      description: 'Only calls of these methods; all of them, others too, when there are none.',
    }),
  ),
  platforms: anyOf('from these platforms'),
}
