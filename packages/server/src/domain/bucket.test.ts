import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ceilTo, DAY_MS, floorTo, MINUTE_MS, QUARTER_MS } from './bucket.ts'

const anInstant = fc.integer({ min: Date.UTC(1969, 0), max: Date.UTC(10_000, 0) })

test('an instant lies between the edges of its own bucket, which are a bucket apart or the instant itself', () => {
  fc.assert(
    fc.property(anInstant, fc.constantFrom(MINUTE_MS, QUARTER_MS, DAY_MS), (ms, size) => {
      const [floor, ceil] = [floorTo(ms, size), ceilTo(ms, size)]
      expect(Math.abs(floor % size) + Math.abs(ceil % size)).toBe(0)
      expect(floor <= ms && ms <= ceil).toBe(true)
      expect(ceil - floor).toBe(ms % size === 0 ? 0 : size)
    }),
  )
})

test('instants before 1970 move the same way', () => {
  expect(floorTo(-1, MINUTE_MS)).toBe(-MINUTE_MS)
  expect(ceilTo(-MINUTE_MS - 1, MINUTE_MS)).toBe(-MINUTE_MS)
})
