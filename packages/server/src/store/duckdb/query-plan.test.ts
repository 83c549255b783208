import fc from 'fast-check'
import { expect, test } from 'vitest'
import { periodsOf } from '../../domain/periods.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import { planPeriods } from './query-plan.ts'

const QUARTER = 900_000

test('runs and grids put every quarter of an hour where the list of periods does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('Europe/Berlin', 'Europe/London', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'),
      fc.constantFrom('Minute15', 'Hour', 'Day', 'Week', 'Month'),
      fc.integer({ min: 0, max: 75 * 96 }),
      fc.integer({ min: 1, max: 60 * 96 }),
      fc.constantFrom(Date.UTC(1985, 11, 1), Date.UTC(2026, 1, 15), Date.UTC(2026, 8, 15)),
      async (timeZone, granularity, first, length, base) => {
        const interval = { start: base + first * QUARTER, end: base + (first + length) * QUARTER }
        const query = { interval, timeZone, granularity } as unknown as UsageQuery
        const periods = await planPeriods(query, async () => interval)
        const list = periodsOf(interval, granularity as NonNullable<UsageQuery['granularity']>, timeZone)
        let at = 0
        for (let instant = interval.start; instant < interval.end; instant += QUARTER) {
          while ((list[at + 1]?.from ?? Number.POSITIVE_INFINITY) <= instant) at++
          expect(startOf(periods, instant)).toBe(list[at]?.start)
        }
      },
    ),
    { numRuns: 150 },
  )
})

/** What the SQL works out, in words of its own. */
function startOf(periods: Awaited<ReturnType<typeof planPeriods>>, instant: number): number | undefined {
  if (periods.kind === 'none') return undefined
  if (periods.kind === 'grid') return instant - ((instant - periods.phase + periods.size) % periods.size)
  const run = periods.list.findLast(({ from }) => from <= instant)
  if (run === undefined) return undefined
  return Math.min(run.start + Math.floor((instant - run.start) / run.step) * run.step, run.last)
}
