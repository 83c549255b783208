import { isPermission, type Permission } from '../../domain/permissions.ts'
import { isLongerThan } from '../../domain/text-length.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

export type Claims = Readonly<Record<string, unknown>>

/** A good token that says nothing we can go by; the reason is for the log, never for the caller. */
export class ClaimsFlaw extends Error {
  override readonly name = 'ClaimsFlaw'
}

/** As long as an event's clientId may be. */
const LONGEST_ID = 256

/**
 * The claim of this name, `realm_access.roles` being `roles` inside `realm_access`. A name that has the dots itself
 * goes before: issuers name claims by URL.
 */
export function claimOf(claims: Claims, name: string): unknown {
  for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1)) {
    const key = name.slice(0, end)
    if (!Object.hasOwn(claims, key)) continue
    if (end === name.length) return claims[key]
    const inside = claims[key]
    if (typeof inside !== 'object' || inside === null) continue
    const found = claimOf(inside as Claims, name.slice(end + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/** @throws ClaimsFlaw unless the claims name an organization that the issuer may speak for. */
export function organizationOf(claims: Claims, issuer: TrustedIssuer): string {
  const { organizationClaim, organizations } = issuer
  const [only] = organizations
  const named = organizationClaim === undefined ? only : claimOf(claims, organizationClaim)
  const known = organizations.find((organization) => organization === named)
  if (known === undefined) throw new ClaimsFlaw('it is for no organization that the issuer may speak for')
  return known
}

/** @throws ClaimsFlaw unless the claims name a client, by an id that an event could have. */
export function clientIdOf(claims: Claims, { clientIdClaim }: TrustedIssuer): string {
  const named = clientIdClaim === undefined ? (claims.azp ?? claims.client_id) : claimOf(claims, clientIdClaim)
  if (typeof named === 'string' && named !== '' && !isLongerThan(named, LONGEST_ID)) return named
  throw new ClaimsFlaw('it names no client')
}

/** What to call a person whom the claims are about; their subject where nothing else is said. */
export function personNameOf(claims: Claims): string {
  const names = [claims.name, claims.preferred_username, claims.email, claims.sub]
  const name = names.find((value): value is string => typeof value === 'string' && value.trim() !== '') ?? ''
  return [...name].slice(0, LONGEST_ID).join('')
}

/** What the claims ask for and the issuer may give; anything else is left out in silence, as OAuth's scopes are. */
export function permissionsOf(claims: Claims, issuer: TrustedIssuer): readonly Permission[] {
  const claimed = claimOf(claims, issuer.permissionsClaim)
  const names: readonly unknown[] =
    typeof claimed === 'string' ? claimed.split(' ') : Array.isArray(claimed) ? claimed : []
  const asked = names.filter((name): name is Permission => typeof name === 'string' && isPermission(name))
  return asked.filter((permission) => issuer.maxPermissions.includes(permission))
}
