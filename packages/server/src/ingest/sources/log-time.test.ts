import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { logTime } from './log-time.ts'

const at = Date.UTC(2026, 9, 1, 0, 0, 2, 123)

describe('a time', () => {
  test.each<[unknown, number]>([
    ['2026-10-01T00:00:02.123Z', at],
    ['2026-10-01t02:00:02.123456+02:00', at],
    ['2026-10-01T05:30:02.123+0530', at],
    ['2026-10-01 00:00:02,123', at],
    ['2026/10/01 00:00:02.123 UTC', at],
    ['01/Oct/2026:00:00:02 +0000', at - 123],
    ['[30/Sep/2026:20:00:02 -0400]', at - 123],
    ['01/Oct/2026:00:00:02.123', at],
    [at, at],
    [String(at), at],
    [at / 1000, at],
    [(at / 1000).toFixed(3), at],
    [at * 1000, at],
    [String(at * 1e6), at],
  ])('%j is read', (text, expected) => {
    expect(Math.floor(logTime(text, 'UTC'))).toBe(expected)
  })

  test.each([
    '',
    '-',
    'now',
    '2026-13-01T00:00:00Z',
    '32/Oct/2026:00:00:02 +0000',
    '01/Okt/2026:00:00:02 +0000',
    '2026-10-01',
    -1,
    Number.NaN,
    undefined,
    {},
    [at],
  ])('%j is none', (text) => {
    expect(logTime(text, 'UTC')).toBeNaN()
  })
})

describe('a time without a zone', () => {
  test('is when the zone’s clocks show it, whatever the zone and the time', () => {
    const zone = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'Pacific/Apia',
    )
    const instant = fc.integer({ min: Date.UTC(1990, 0, 1) / 1000, max: Date.UTC(2037, 0, 1) / 1000 })
    fc.assert(
      fc.property(zone, instant, (timeZone, second) => {
        // Intl is asked what the clocks show; in autumn two instants are shown alike, and the first one is taken.
        const shown = new Date(second * 1000).toLocaleString('sv-SE', { timeZone })
        const read = logTime(shown, timeZone)
        expect(new Date(read).toLocaleString('sv-SE', { timeZone })).toBe(shown)
        expect(read).toBeLessThanOrEqual(second * 1000)
      }),
      { numRuns: 1_000 },
    )
  })

  test('may come twice in autumn, and never in spring', () => {
    const berlin = (text: string) => new Date(logTime(text, 'Europe/Berlin')).toISOString()
    expect(berlin('2026-10-25 02:30:00')).toBe('2026-10-25T00:30:00.000Z')
    expect(berlin('2026-03-29 02:30:00')).toBe('2026-03-29T01:30:00.000Z')
  })
})
