import type { Permission } from '../domain/permissions.ts'
import type { Person } from '../domain/person.ts'
import type { Scope } from '../domain/scope.ts'

/** Who is calling, after its credentials were found good. */
export interface Caller {
  readonly kind: 'client' | 'person' | 'ingest-key'
  /** Whose caller it is: queries see this organization, events without an organizationId count in it. */
  readonly organizationId: string
  /** The OAuth client's id, a person's: the one they use; "" for an ingest key and for a person who uses none. */
  readonly clientId: string
  /** Set for a person. */
  readonly person: Person | undefined
  readonly name: string
  /** A person who uses a client may what both may. */
  readonly permissions: ReadonlySet<Permission>
  /** May send events of every organization: platform:admin, or a key made with anyOrganization. */
  readonly anyOrganization: boolean
  /** Names the credential without revealing it: what rate limits count by. */
  readonly credential: string
  /** The calls made in its own organization. */
  readonly scope: Scope
  /** Where its token comes from, when that is not this server; the client may then be registered here or not. */
  readonly outside?: OutsideToken
}

/** An access token of an outside issuer, which is kept nowhere here. */
export interface OutsideToken {
  readonly issuer: string
  /** Milliseconds since 1970 from which on it is refused by its own expiry. */
  readonly deadAt: number
}
