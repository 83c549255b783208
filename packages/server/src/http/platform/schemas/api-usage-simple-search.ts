import { type Static, Type } from 'typebox'
import { SEARCH_COLUMN_OF, SEARCH_HTTP_METHODS, wordsOf } from '../words.ts'
import { ApiUsageOrganizationQuery } from './api-usage-organization-query.ts'

const listOf = (what: string) => Type.Optional(Type.Array(Type.String(), { description: `Only calls ${what}.` }))

/** Body of wire endpoint 6, under the platform's name for it. */
export const ApiUsageSimpleSearch = Type.Object({
  interval: ApiUsageOrganizationQuery.properties.interval,
  metrics: Type.Optional(
    Type.Array(Type.Enum(wordsOf(SEARCH_COLUMN_OF)), {
      description: 'The columns: what to tell apart and what to add up; all nine when there are none.',
    }),
  ),
  oauthClientNames: listOf('of clients with one of these names'),
  httpMethods: Type.Optional(
    Type.Array(Type.Enum([...SEARCH_HTTP_METHODS]), { description: 'Only calls of these methods.' }),
  ),
  templateUris: listOf('of these route templates, with or without a leading slash'),
})
export type ApiUsageSimpleSearch = Static<typeof ApiUsageSimpleSearch>
