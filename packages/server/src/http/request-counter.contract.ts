import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Allowance, RequestCounter } from './request-counter.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 10, 23, 12)

/** What every place to count requests holds; each one runs it (`request-counter.test.ts`). */
export function describeRequestCounter(kind: string, open: (now: () => number) => RequestCounter): void {
  describe(`${kind} as a RequestCounter`, () => {
    let time: number
    let counter: RequestCounter
    const reopen = () => {
      time = START
      counter = open(() => time)
    }
    beforeEach(reopen)

    test('lets exactly the allowed ones of a thousand simultaneous requests through', async () => {
      const allowance = { key: 'a', allowed: 300 }
      const takings = await Promise.all(Array.from({ length: 1_000 }, () => counter.take([allowance])))
      const counts = takings.filter(({ taken }) => taken).map(({ standings }) => standings[0]?.count)
      expect(counts.toSorted((one, other) => Number(one) - Number(other))).toEqual(
        Array.from({ length: 300 }, (_, index) => index + 1),
      )
      expect(takings.filter(({ taken }) => !taken).every(({ standings }) => standings[0]?.count === 300)).toBe(true)
    })

    test('takes from all allowances or from none', async () => {
      const [own, shared] = [
        { key: 'own', allowed: 1 },
        { key: 'shared', allowed: 2 },
      ]
      await counter.take([own, shared])
      expect(await counter.take([own, shared])).toMatchObject({ taken: false, standings: [{ count: 1 }, { count: 1 }] })
      expect(await counter.take([{ key: 'other', allowed: 1 }, shared])).toMatchObject({ taken: true })
      expect(await counter.take([{ key: 'third', allowed: 1 }, shared])).toEqual({
        taken: false,
        standings: [
          { count: 0, allowed: 1, resetMs: MINUTE },
          { count: 2, allowed: 2, resetMs: MINUTE },
        ],
      })
    })

    test('looks without counting, and without beginning a minute', async () => {
      const allowance = { key: 'a', allowed: 2 }
      expect(await counter.look([allowance])).toEqual([{ count: 0, allowed: 2, resetMs: MINUTE }])
      time += 1_000
      await counter.take([allowance])
      time += 1_000
      expect(await counter.look([allowance])).toEqual([{ count: 1, allowed: 2, resetMs: MINUTE - 1_000 }])
    })

    test('does not keep anybody waiting because the clock was set back', async () => {
      const allowance = { key: 'a', allowed: 1 }
      await counter.take([allowance])
      time -= 3_600_000
      expect(await counter.take([allowance])).toEqual({
        taken: true,
        standings: [{ count: 1, allowed: 1, resetMs: MINUTE }],
      })
    })

    test('counts as a recount of everything that passed does, over the edges of minutes', async () => {
      const allowances = fc.subarray<Allowance>(
        [
          { key: 'a', allowed: 1 },
          { key: 'b', allowed: 3 },
          { key: 'c', allowed: 7 },
        ],
        { minLength: 1 },
      )
      const pause = fc.oneof(fc.constantFrom(0, 1, 20_000, 59_999, 60_000, 60_001), fc.nat(70_000))
      await fc.assert(
        fc.asyncProperty(fc.array(fc.record({ pause, allowances }), { maxLength: 60 }), async (steps) => {
          reopen()
          const passed = new Map<string, number[]>()
          for (const step of steps) {
            time += step.pause
            const before = step.allowances.map(({ key }) => recount(passed.get(key) ?? [], time))
            const mayPass = step.allowances.every(({ allowed }, index) => (before[index]?.count ?? 0) < allowed)
            const { taken, standings } = await counter.take(step.allowances)
            expect(taken).toBe(mayPass)
            if (taken) for (const { key } of step.allowances) passed.set(key, [...(passed.get(key) ?? []), time])
            const after = step.allowances.map(({ key, allowed }) => ({
              allowed,
              ...recount(passed.get(key) ?? [], time),
            }))
            expect(standings).toEqual(after)
          }
        }),
      )
    })
  })
}

/** From the times of all requests that passed: how many are in the minute that is running now, and what is left of it. */
function recount(passed: readonly number[], now: number): { count: number; resetMs: number } {
  const start = passed.reduce<number | undefined>(
    (begun, time) => (begun !== undefined && time < begun + MINUTE ? begun : time),
    undefined,
  )
  if (start === undefined || now >= start + MINUTE) return { count: 0, resetMs: MINUTE }
  return { count: passed.filter((time) => time >= start).length, resetMs: start + MINUTE - now }
}
