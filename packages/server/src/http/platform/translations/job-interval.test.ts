import { describe, expect, test } from 'vitest'
import { parseJobInterval } from './job-interval.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const message = (interval: string, now = NOW) => {
  try {
    parseJobInterval(interval, now)
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid.date' })
    return (error as Error).message
  }
  return undefined
}

describe('the interval of a job', () => {
  test.each([
    ['starts on the day a year ago', '2025-11-23/2025-11-30'],
    ['starts within that day', '2025-11-23T00:00Z/2025-11-30'],
    ['ends on the 90th day after its first', '2026-01-01/2026-04-01'],
    ['ends with the last moment of that day', '2026-01-01T22:00:00Z/2026-04-01T23:59:59.999Z'],
    ['ends with that day, exclusively written', '2026-01-01T00:00:00Z/2026-04-02T00:00:00Z'],
    ['is as long as a duration says', '2026-01-01/P91D'],
    ['is yet to come', '2027-01-01/2027-03-31'],
  ])('is taken when it %s', (_what, interval) => {
    expect(message(interval)).toBeUndefined()
  })

  test.each([
    ['starts earlier than that day', '2025-11-22/2025-11-30', /2025-11-22.*a year ago.*2025-11-23/],
    ['starts the minute before', '2025-11-22T23:59Z/2025-11-30', /2025-11-22.*2025-11-23/],
    ['starts before it in UTC', '2025-11-23T00:00+01:00/2025-11-30', /2025-11-22.*2025-11-23/],
    ['ends on the 91st day', '2026-01-01/2026-04-02', /2026-04-02.*90 days.*2026-04-01/],
    ['ends within that day', '2026-01-01T22:00:00Z/2026-04-02T00:30:00Z', /2026-04-02.*90 days.*2026-04-01/],
    ['is a year', '2026/2026', /2026-12-31.*90 days.*2026-04-01/],
    ['ends before it starts', '2026-02-02/2026-02-01', /start\/end/],
    ['is none', 'yesterday', /yesterday/],
  ])('is refused when it %s, with what came and the limit', (_what, interval, expected) => {
    expect(message(interval)).toMatch(expected)
    expect(message(interval)).toContain(`[${interval}]`)
  })

  test('starts on the 28th a year before the 29th of February', () => {
    const leapDay = Date.UTC(2028, 1, 29, 23)
    expect(message('2027-02-28/2027-03-01', leapDay)).toBeUndefined()
    expect(message('2027-02-27/2027-03-01', leapDay)).toContain('2027-02-28')
  })
})
