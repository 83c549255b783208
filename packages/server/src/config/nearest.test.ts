import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

const NAMES = ['port', 'host', 'data', 'dedupeDays', 'dedupeMemoryMb', 'retentionMonths']

test.each([
  ['prot', 'port'],
  ['Port', 'port'],
  ['ports', 'port'],
  ['dataDir', 'data'],
  ['dedupDays', 'dedupeDays'],
  ['dedupe_days', 'dedupeDays'],
  ['retentionMonth', 'retentionMonths'],
])('%s is taken for %s', (mistyped, meant) => {
  expect(nearest(mistyped, NAMES)).toBe(meant)
})

test('a name that is near nothing is taken for nothing', () => {
  expect(nearest('xyzzy', NAMES)).toBeUndefined()
  expect(nearest('', NAMES)).toBeUndefined()
  expect(nearest('port', [])).toBeUndefined()
})

test('one wrong letter in a long name is always recognized', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('dedupeMemoryMb', 'retentionMonths'),
      fc.nat(13),
      fc.constantFrom('x', ''),
      (name, at, by) => {
        expect(nearest(name.slice(0, at) + by + name.slice(at + 1), NAMES)).toBe(name)
      },
    ),
  )
})
