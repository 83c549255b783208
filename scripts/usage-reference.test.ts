import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { USAGE_PAGE, withReference } from './usage-reference.ts'

test('docs/usage.md says what the catalogue says', () => {
  const page = readFileSync(USAGE_PAGE, 'utf8')
  expect(page).toBe(withReference(page))
})
