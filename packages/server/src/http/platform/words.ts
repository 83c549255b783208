import type { Dimension, Metric } from '../../domain/catalogue.ts'
import type { SortField } from '../../domain/usage-query.ts'

/** The platform's names of granularities; its days, weeks and months are UTC's. */
export const PLATFORM_GRANULARITIES = ['Day', 'Week', 'Month'] as const

/** The platform's names of what is added up, and ours. */
export const METRIC_OF = {
  Status200: 'status200',
  Status300: 'status300',
  Status400: 'status400',
  Status500: 'status500',
  Status429: 'status429',
  Requests: 'requests',
} as const satisfies Record<string, Metric>

/** What endpoints 1 and 3 call the dimensions, and ours. */
export const USAGE_QUERY_DIMENSION_OF = {
  OAuthClientId: 'clientId',
  OrganizationId: 'organizationId',
  UserId: 'userId',
  TemplateUri: 'templateUri',
  HttpMethod: 'httpMethod',
} as const satisfies Record<string, Dimension>

/** What the organization's job calls the dimensions, and ours. */
export const ORGANIZATION_JOB_DIMENSION_OF = {
  OauthClientName: 'clientName',
  OauthClientId: 'clientId',
  UserId: 'userId',
  HttpMethod: 'httpMethod',
  TemplateUri: 'templateUri',
  Platform: 'platform',
} as const satisfies Record<string, Dimension>

/** What the client's job calls the dimensions, and ours. */
export const CLIENT_JOB_DIMENSION_OF = {
  OrganizationId: 'organizationId',
  HttpMethod: 'httpMethod',
  TemplateUri: 'templateUri',
  Platform: 'platform',
} as const satisfies Record<string, Dimension>

/** The methods that a job can be narrowed to; calls of other methods are counted too. */
export const JOB_HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const

/** What a job can be sorted by, in the words of its entities or of its metrics, and ours. */
export const JOB_SORT_FIELD_OF = {
  date: 'time',
  platform: 'platform',
  httpMethod: 'httpMethod',
  templateUri: 'templateUri',
  requestCount: 'requests',
  requests: 'requests',
  status200: 'status200',
  status300: 'status300',
  status400: 'status400',
  status429: 'status429',
  status500: 'status500',
  oauthClientId: 'clientId',
  oauthClientName: 'clientName',
  userId: 'userId',
  organizationId: 'organizationId',
} as const satisfies Record<string, SortField['field']>

export const SORT_ORDER_OF = { Asc: 'asc', Desc: 'desc' } as const satisfies Record<string, SortField['order']>

/** What simple search calls its columns, and ours: those that tell calls apart, and those that are added up. */
export const SEARCH_COLUMN_OF = {
  Date: 'time',
  ClientName: 'clientName',
  HttpMethod: 'httpMethod',
  TemplateUri: 'templateUri',
  Status200: 'status200',
  Status300: 'status300',
  Status400: 'status400',
  Status500: 'status500',
  Status429: 'status429',
} as const satisfies Record<string, 'time' | Dimension | Metric>

/** The methods by which simple search can be filtered. */
export const SEARCH_HTTP_METHODS = [
  'GET',
  'POST',
  'DELETE',
  'PATCH',
  'PUT',
  'HEAD',
  'CONNECT',
  'OPTIONS',
  'TRACE',
] as const

/** The platform's own words of a table, for a schema. */
export function wordsOf<Table extends object>(table: Table): (keyof Table & string)[] {
  return Object.keys(table) as (keyof Table & string)[]
}

/** What some words of a table stand for: each once, in the order of `names`, without those that are not there. */
export function namesOf<Word extends string, Name extends string>(
  table: Readonly<Record<Word, string>>,
  words: readonly Word[],
  names: readonly Name[],
): readonly Name[] {
  const named = new Set<string>(words.map((word) => table[word]))
  return names.filter((name) => named.has(name))
}
