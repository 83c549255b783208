/**
 * Whose numbers a query may see. The store asks for one in every read, so that forgetting the organization does not
 * compile; only identity/ may import `makeScope` (a lint rule holds that), so that nothing else can widen one.
 */
export interface Scope {
  readonly [made]: true
  /** Never empty, no duplicates. Rows of other organizations are never read. */
  readonly organizationIds: readonly string[]
  /** Set for a client query: only the calls made by this client. */
  readonly clientId: string | undefined
}

declare const made: unique symbol

export function makeScope(organizationIds: readonly string[], clientId?: string): Scope {
  if (organizationIds.length === 0) throw new Error('a scope names at least one organization')
  return Object.freeze({ organizationIds: Object.freeze([...new Set(organizationIds)]), clientId }) as Scope
}
