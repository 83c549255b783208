import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  EXACT_SLOTS,
  LAST_SLOT,
  LONGEST_MICROS,
  percentileOf,
  percentileRank,
  RELATIVE_ERROR,
  SUB_BUCKETS,
  slotOf,
  slotValue,
} from './histogram.ts'

/** Every size of duration as likely as any other, the ends included. */
const aDuration = fc.oneof(
  fc.double({ min: 0, max: Math.log2(LONGEST_MICROS), noNaN: true }).map((log) => Math.floor(2 ** log)),
  fc.integer({ min: 0, max: LONGEST_MICROS }),
  fc.constantFrom(0, 1, 63, 64, 65, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40, LONGEST_MICROS),
)
const someDurations = fc.array(aDuration, { minLength: 1, maxLength: 300 })
const PERCENTS = [0, 1, 7, 50, 90, 95, 99, 100] as const

function histogramOf(durations: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const slot of durations.map(slotOf)) counts.set(slot, (counts.get(slot) ?? 0) + 1)
  return counts
}

/** Nearest rank by its words: the smallest of the values that at least `percent` of all are not above. */
function exactPercentile(durations: readonly number[], percent: number): number {
  const reached = durations.filter(
    (value) => 100 * durations.filter((other) => other <= value).length >= percent * durations.length,
  )
  return Math.min(...reached)
}

describe('percentiles', () => {
  test('are at most 1/64, and so 2 %, off the exact nearest-rank percentile of the same values', () => {
    fc.assert(
      fc.property(someDurations, fc.constantFrom(...PERCENTS), (durations, percent) => {
        const exact = exactPercentile(durations, percent)
        const found = percentileOf(histogramOf(durations), percent / 100)
        expect(Math.abs((found ?? Number.NaN) - exact)).toBeLessThanOrEqual(exact / 64)
      }),
    )
    expect(RELATIVE_ERROR).toBe(1 / 64)
    expect(RELATIVE_ERROR).toBeLessThan(0.02)
  })

  test('are exact below 64 microseconds', () => {
    for (let micros = 0; micros < 64; micros++) expect(percentileOf(new Map([[slotOf(micros), 3]]), 0.5)).toBe(micros)
  })

  test('of histograms that were added up are those of all the values at once, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(someDurations, { minLength: 1, maxLength: 5 }), (groups) => {
        const merged = new Map<number, number>()
        for (const counts of groups.map(histogramOf).reverse()) {
          for (const [slot, count] of counts) merged.set(slot, (merged.get(slot) ?? 0) + count)
        }
        expect(merged).toEqual(histogramOf(groups.flat()))
        expect(percentileOf(merged, 0.95)).toBe(percentileOf(histogramOf(groups.flat()), 0.95))
      }),
    )
  })

  test('of nothing are undefined, and slots without a count change nothing', () => {
    expect(percentileOf(new Map(), 0.5)).toBeUndefined()
    expect(percentileOf(new Map([[5, 0]]), 0.5)).toBeUndefined()
    const counts = new Map([
      [9, 0],
      [5, 2],
      [3, 0],
    ])
    for (const fraction of [0, 0.5, 1]) expect(percentileOf(counts, fraction)).toBe(5)
  })

  test('the rank is ceil(fraction * n) in exact numbers, however large n is', () => {
    expect(percentileRank(100, 0.07)).toBe(7)
    expect(percentileRank(1, 0.5)).toBe(1)
    expect(percentileRank(2, 0.5)).toBe(1)
    expect(percentileRank(3, 0.5)).toBe(2)
    expect(percentileRank(101, 0.99)).toBe(100)
    expect(percentileRank(5, 0)).toBe(1)
    expect(percentileRank(2 ** 53 - 1, 1)).toBe(2 ** 53 - 1)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 100 }), (count, percent) => {
        const rank = percentileRank(count, percent / 100)
        expect(rank * 100 >= count * percent && (rank - 1) * 100 < count * percent).toBe(true)
      }),
    )
  })
})

describe('slots', () => {
  test('never fall when the duration grows', () => {
    fc.assert(
      fc.property(aDuration, aDuration, (a, b) => {
        expect(slotOf(Math.min(a, b))).toBeLessThanOrEqual(slotOf(Math.max(a, b)))
      }),
    )
  })

  test('follow each other without a gap, each with its value inside it', () => {
    for (let slot = 0; slot <= LAST_SLOT; slot++) {
      const value = slotValue(slot)
      expect(Number.isSafeInteger(value)).toBe(true)
      if (value <= LONGEST_MICROS) expect(slotOf(value)).toBe(slot)
      if (slot > 0) expect(value).toBeGreaterThan(slotValue(slot - 1))
    }
  })

  test('begin a new octave exactly at a power of two, past 31 and 32 bits as well', () => {
    for (let bits = 6; 2 ** bits <= LONGEST_MICROS; bits++) {
      expect(slotOf(2 ** bits)).toBe(EXACT_SLOTS + (bits - 6) * SUB_BUCKETS)
      expect(slotOf(2 ** bits - 1)).toBe(slotOf(2 ** bits) - 1)
    }
  })

  test('fit 16 bits up to the longest duration, whose slot is the last', () => {
    expect(slotOf(LONGEST_MICROS)).toBe(LAST_SLOT)
    expect(LAST_SLOT).toBeLessThan(2 ** 15)
  })

  test('their values are what the formula for SQL says', () => {
    for (let slot = EXACT_SLOTS; slot <= LAST_SLOT; slot++) {
      const [octave, base] = [BigInt(slot) / 32n, (BigInt(slot) % 32n) + 32n]
      expect(BigInt(slotValue(slot))).toBe((2n * base + 1n) << (octave - 2n))
    }
  })

  test.each([-1, 0.5, Number.NaN, LONGEST_MICROS + 1, Number.POSITIVE_INFINITY])('%d has none', (micros) => {
    expect(() => slotOf(micros)).toThrow(RangeError)
  })
})
