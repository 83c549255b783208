import { expect, test, vi } from 'vitest'
import { SILENT_LOG } from './domain/log.ts'
import { retentionStart, startUpkeep } from './upkeep.ts'

test.each([
  [0, '2026-11-23T10:00:00Z', '1970-01-01T00:00:00Z'],
  [1, '2026-11-23T10:00:00Z', '2026-10-23T10:00:00Z'],
  [1, '2026-03-31T10:00:00Z', '2026-02-28T10:00:00Z'],
  [12, '2024-02-29T00:00:00Z', '2023-02-28T00:00:00Z'],
  [13, '2026-01-15T00:00:00Z', '2024-12-15T00:00:00Z'],
])('%i months before %s begins at %s', (months, now, start) => {
  expect(retentionStart(months, Date.parse(now))).toBe(Date.parse(start))
})

test('the store is maintained at its interval and past retention emptied every hour, whatever fails once', async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 23) })
  const done: string[] = []
  const store = {
    maintain: async () => {
      done.push('maintain')
      if (done.filter((what) => what === 'maintain').length === 2) throw new Error('the disk is full')
    },
    retain: async (before: number) => {
      done.push(`retain ${new Date(before).toISOString().slice(0, 10)}`)
    },
  }
  {
    const keepUnmatched = async () => void done.push('unmatched')
    await using _ = startUpkeep({
      store,
      keepUnmatched,
      log: SILENT_LOG,
      now: Date.now,
      retentionMonths: 1,
      everyMs: 60_000,
    })
    await vi.advanceTimersByTimeAsync(61 * 60_000)
  }
  await vi.advanceTimersByTimeAsync(60 * 60_000)
  vi.useRealTimers()
  expect(done.filter((what) => what === 'maintain')).toHaveLength(61)
  expect(done.filter((what) => what === 'unmatched')).toHaveLength(60)
  expect(done.filter((what) => what.startsWith('retain'))).toEqual(['retain 2026-10-23', 'retain 2026-10-23'])
})
