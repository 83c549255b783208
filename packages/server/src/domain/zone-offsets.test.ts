import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isTimeZone, isUtc, offsetAt, offsetSpans } from './zone-offsets.ts'

const ZONES = Intl.supportedValuesOf('timeZone')
const SOME_ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Africa/Casablanca', 'Africa/Monrovia', 'Pacific/Apia']
const aZone = fc.oneof(fc.constantFrom(...SOME_ZONES), fc.constantFrom(...ZONES))
const anInstant = fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(2060, 0) })

/** The clock on the wall by Intl, less UTC's. */
function offsetByIntl(timeZone: string, ms: number): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 0, day, hour, minute, second } = part
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000
}

test('the offset of any zone at any instant is the one that Intl shows', () => {
  fc.assert(
    fc.property(aZone, anInstant, (zone, ms) => {
      expect(offsetAt(zone, ms)).toBe(offsetByIntl(zone, ms))
    }),
    { numRuns: 300 },
  )
})

test('spans cover the asked time without a gap, and the offset changes from each to the next', () => {
  fc.assert(
    fc.property(aZone, anInstant, fc.integer({ min: 1, max: 20 * 366 * 86_400_000 }), (zone, start, length) => {
      const spans = offsetSpans(zone, start, start + length)
      expect(spans[0]?.from).toBeLessThanOrEqual(start)
      expect(spans.at(-1)?.to).toBeGreaterThanOrEqual(start + length)
      for (const [index, span] of spans.entries()) {
        expect(span.from).toBeLessThan(span.to)
        expect(offsetByIntl(zone, Math.max(span.from, start))).toBe(span.offset)
        expect(offsetByIntl(zone, Math.min(span.to, start + length) - 1)).toBe(span.offset)
        const next = spans[index + 1]
        if (next !== undefined) expect([next.from, next.offset === span.offset]).toEqual([span.to, false])
      }
    }),
    { numRuns: 60 },
  )
})

test('a span that lasts for many years is one, however much of it was asked for before', () => {
  offsetAt('Asia/Kolkata', 0)
  offsetAt('Asia/Kolkata', Date.UTC(2020, 0))
  expect(offsetSpans('Asia/Kolkata', 0, Date.UTC(2026, 0))).toHaveLength(1)
})

test('thousands of years stay right', () => {
  const spans = offsetSpans('Europe/Berlin', Date.UTC(2100, 0), Date.UTC(2500, 0))
  expect(spans).toHaveLength(801)
  expect(offsetAt('Europe/Berlin', Date.UTC(9999, 6))).toBe(2 * 3_600_000)
})

describe('a time zone', () => {
  test.each([
    ...['UTC', 'utc', 'Europe/Berlin', 'europe/BERLIN', 'Asia/Calcutta', 'Asia/Kolkata', 'US/Eastern', 'GMT', 'Zulu'],
    ...['Etc/GMT+5', 'EST5EDT', 'America/Argentina/Buenos_Aires', 'Pacific/Kiritimati'],
  ])('%s is one', (name) => {
    expect(isTimeZone(name)).toBe(true)
    expect(offsetAt(name, 0)).toBe(offsetByIntl(name, 0))
  })

  test('every name that Intl lists is one, and works', () => {
    for (const name of ZONES) expect(isTimeZone(name)).toBe(true)
  })

  test.each([
    ...['', ' ', '+02:00', '-05', '+0530', 'UTC+2', 'GMT+3', 'Europe/Nowhere', 'Berlin', 'PST', 'IST', 'local'],
    ...[
      'T10:00Z',
      '2020-01-01T00:00Z',
      '2020-01-01T00:00+01:00[Europe/Berlin]',
      'UTC[Europe/Berlin]',
      'Europe/Berlin ',
    ],
    ...['../Europe/Berlin', 'Z', 'undefined', '__proto__'],
  ])('"%s" is none', (name) => {
    expect(isTimeZone(name)).toBe(false)
    expect(() => offsetAt(name, 0)).toThrow(RangeError)
  })

  test('no string makes the question throw', () => {
    fc.assert(fc.property(fc.string(), (name) => void isTimeZone(name)))
  })

  test('is UTC under each of its names, and London never is', () => {
    for (const name of ['UTC', 'utc', 'Etc/UTC', 'Zulu', 'GMT', 'Etc/Universal']) expect(isUtc(name)).toBe(true)
    for (const name of ['Europe/London', 'Africa/Abidjan', 'Atlantic/Reykjavik']) expect(isUtc(name)).toBe(false)
  })
})
