import type { Dimension, Metric } from '../../domain/catalogue.ts'

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

/** The platform's own words of a table, for a schema. */
export function wordsOf<Table extends object>(table: Table): (keyof Table & string)[] {
  return Object.keys(table) as (keyof Table & string)[]
}

/** What some words of a table stand for: each once, in the order of `names`. */
export function namesOf<Word extends string, Name>(
  table: Readonly<Record<Word, NoInfer<Name>>>,
  words: readonly Word[],
  names: readonly Name[],
): readonly Name[] {
  const named = new Set<Name>(words.map((word) => table[word]))
  return names.filter((name) => named.has(name))
}
