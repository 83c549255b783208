import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ALL_PERMISSIONS } from '../domain/permissions.ts'
import { checkHolds, cutDown } from './escalation.ts'

const somePermissions = fc.uniqueArray(fc.constantFrom(...ALL_PERMISSIONS))

test('nobody gives a permission that they do not have, and what is refused is named', () => {
  fc.assert(
    fc.property(somePermissions, somePermissions, (held, wanted) => {
      const giver = { permissions: new Set(held) }
      const lacking = wanted.filter((permission) => !held.includes(permission))
      if (lacking.length === 0) return checkHolds(giver, wanted)
      expect(() => checkHolds(giver, wanted)).toThrow(
        expect.objectContaining({
          code: 'missing.any.permissions',
          message: expect.stringContaining(`[${lacking.join(', ')}]`),
        }),
      )
    }),
  )
})

test('what is cut down can always be given, and nothing that could be given is lost', () => {
  fc.assert(
    fc.property(somePermissions, somePermissions, (held, wanted) => {
      const giver = { permissions: new Set(held) }
      const kept = cutDown(giver, wanted)
      expect(() => checkHolds(giver, kept)).not.toThrow()
      expect([...kept].sort()).toEqual(held.filter((permission) => wanted.includes(permission)).sort())
    }),
  )
})
