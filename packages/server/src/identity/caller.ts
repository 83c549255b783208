import type { Permission } from '../domain/permissions.ts'
import type { Scope } from '../domain/scope.ts'

/** Who is calling, after its credentials were found good. */
export interface Caller {
  readonly kind: 'client' | 'ingest-key'
  /** Whose caller it is: queries see this organization, events without an organizationId count in it. */
  readonly organizationId: string
  /** The OAuth client's id; "" for an ingest key. */
  readonly clientId: string
  readonly name: string
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
