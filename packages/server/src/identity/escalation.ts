import { ALL_PERMISSIONS, type Permission } from '../domain/permissions.ts'
import { Refusal } from '../domain/refusal.ts'
import type { Caller } from './caller.ts'

/**
 * What somebody may who acts for several at once, as a person does who uses a client: no more than each of them.
 * platform:admin stands for every permission.
 */
export function heldByAll(lists: readonly (readonly Permission[])[]): ReadonlySet<Permission> {
  const all = lists.map((list) => new Set<Permission>(list.includes('platform:admin') ? ALL_PERMISSIONS : list))
  const [first = new Set<Permission>(), ...others] = all
  return others.reduce((common, more) => common.intersection(more), first)
}

/** Those of the permissions that the giver has: defaults are cut down to them (decisions.md 16). */
export function cutDown(giver: Pick<Caller, 'permissions'>, permissions: readonly Permission[]): readonly Permission[] {
  return permissions.filter((permission) => giver.permissions.has(permission))
}

/**
 * Nobody gives what they do not have, and nobody changes, re-secrets or deletes a client that may more than they may:
 * each would be a way to that permission (decisions.md 16).
 * @throws Refusal missing.any.permissions naming what the giver lacks.
 */
export function checkHolds(giver: Pick<Caller, 'permissions'>, permissions: readonly Permission[]): void {
  const missing = permissions.filter((permission) => !giver.permissions.has(permission))
  if (missing.length === 0) return
  throw new Refusal(
    'missing.any.permissions',
    'Unable to perform the requested action. It needs permissions that you do not have: [{permissions}]',
    { permissions: missing.join(', ') },
  )
}
