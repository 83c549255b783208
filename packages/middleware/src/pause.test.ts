import { expect, test } from 'vitest'
import { pauseMs } from './pause.ts'

test('pauses double up to half a minute, and the first half of each is certain', () => {
  const pauses = (chance: number) => [1, 2, 3, 6, 7, 8, 5000].map((n) => pauseMs('unreachable', n, undefined, chance))
  expect(pauses(1)).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000, 30_000])
  expect(pauses(0)).toEqual([250, 500, 1000, 8000, 15_000, 15_000, 15_000])
})

test('a wrong key is tried again seldom', () => {
  expect(pauseMs('unauthorized', 1, undefined, 0)).toBe(15_000)
  expect(pauseMs('refused', 1, undefined, 1)).toBe(30_000)
})

test('what the server asks for is never undercut, and ten minutes at most', () => {
  expect(pauseMs('busy', 9, 7000, 0)).toBe(7000)
  expect(pauseMs('busy', 1, 7000, 1)).toBe(7500)
  expect(pauseMs('busy', 1, 86_400_000, 0)).toBe(600_000)
})
