import type { Permission } from '../domain/permissions.ts'
import { type Person, THIS_SERVER } from '../domain/person.ts'
import { readPermissions } from './clients.ts'
import type { PersonColumns } from './schema.ts'

/**
 * A person as they signed in. What stands here holds for people of outside issuers; one of this server is their client
 * as it is now (see `findTokenHolder`).
 */
export interface SignedInPerson extends Person {
  readonly organizationId: string
  readonly permissions: readonly Permission[]
}

export function personColumns(person: SignedInPerson): PersonColumns {
  return {
    personIssuer: person.issuer,
    personSubject: person.subject,
    personName: person.name,
    personOrganizationId: person.organizationId,
    personPermissions: JSON.stringify(person.permissions),
  }
}

/** The client that a person of this server is, as far as it matters here; all null when it is not there or not active. */
export interface OwnClient {
  readonly ownName: string | null
  readonly ownOrganizationId: string | null
  readonly ownPermissions: string | null
}

/** Undefined for a person of this server whose client is not there any more, or not active. */
export function currentPerson(
  row: PersonColumns | { [Name in keyof PersonColumns]: PersonColumns[Name] | null },
  own: OwnClient,
): SignedInPerson | undefined {
  const { personIssuer: issuer, personSubject: subject } = row
  if (issuer === null || subject === null) return undefined
  const isOwn = issuer === THIS_SERVER
  const name = isOwn ? own.ownName : row.personName
  const organizationId = isOwn ? own.ownOrganizationId : row.personOrganizationId
  const permissions = isOwn ? own.ownPermissions : row.personPermissions
  if (name === null || organizationId === null || permissions === null) return undefined
  return { issuer, subject, name, organizationId, permissions: readPermissions(permissions) }
}
