import type { Dimension } from '../../domain/catalogue.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import { type EntityField, JOB_DIMENSIONS, jobEntityFields, objectWriter, textOf } from './job-entity.ts'
import { jobResults } from './job-results.ts'

/** The dimensions of an entity, in the order of its keys. */
export const ORGANIZATION_JOB_DIMENSIONS = [
  ...JOB_DIMENSIONS,
  'clientId',
  'clientName',
  'userId',
] as const satisfies readonly Dimension[]

/** The platform's OrganizationPublicApiUsageResultsResponse. */
export const organizationPublicApiUsageResultsResponse = jobResults((query) =>
  objectWriter([...jobEntityFields(query), oauthClient(query), user(query)]),
)

/** Only what is known of it: a client that was grouped by its name alone has no id. */
function oauthClient(query: UsageQuery): EntityField {
  const id = textOf(query, 'clientId')
  const name = textOf(query, 'clientName')
  return {
    key: 'oauthClient',
    value: (row) => entityRef({ id: id(row), name: name(row) }, '/api/v2/oauth/clients/'),
  }
}

function user(query: UsageQuery): EntityField {
  const id = textOf(query, 'userId')
  return { key: 'user', value: (row) => entityRef({ id: id(row) }, '/api/v2/users/') }
}

function entityRef({ id, name = '' }: { id: string; name?: string }, path: string): string | undefined {
  if (id === '' && name === '') return undefined
  return JSON.stringify({
    ...(id === '' ? {} : { id }),
    ...(name === '' ? {} : { name }),
    ...(id === '' ? {} : { selfUri: path + encodeURIComponent(id) }),
  })
}
