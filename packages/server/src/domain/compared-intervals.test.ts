import { expect, test } from 'vitest'
import { comparedIntervals } from './compared-intervals.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const at = (text: string) => Date.parse(text)
const before = (start: string, end: string, timeZone = 'UTC') => {
  const { interval, previous } = comparedIntervals({ start: at(start), end: at(end) }, timeZone, NOW)
  const iso = (ms: number) => new Date(ms).toISOString().replace(':00.000Z', 'Z')
  return { own: [iso(interval.start), iso(interval.end)], before: [iso(previous.start), iso(previous.end)] }
}

test.each([
  ['a month is the month before', '2026-03-01T00:00Z', '2026-04-01T00:00Z', 'UTC', '2026-02-01T00:00Z'],
  ['a quarter is the one before', '2026-01-01T00:00Z', '2026-04-01T00:00Z', 'UTC', '2025-10-01T00:00Z'],
  ['a month of a zone', '2026-03-01T00:00-05:00', '2026-04-01T00:00-04:00', 'America/New_York', '2026-02-01T05:00Z'],
  ['days are as many days', '2026-10-24T00:00+02:00', '2026-10-27T00:00+01:00', 'Europe/Berlin', '2026-10-20T22:00Z'],
  ['hours are as many hours', '2026-10-25T00:00+02:00', '2026-10-25T12:00+01:00', 'Europe/Berlin', '2026-10-24T09:00Z'],
  ['a day that is no day of UTC', '2026-03-01T05:00Z', '2026-03-02T05:00Z', 'UTC', '2026-02-28T05:00Z'],
])('the interval before %s', (_what, start, end, timeZone, expected) => {
  const iso = (text: string) => new Date(at(text)).toISOString().replace(':00.000Z', 'Z')
  expect(before(start, end, timeZone)).toEqual({ own: [iso(start), iso(end)], before: [expected, iso(start)] })
})

test('both are widened alike when the one before is kept by quarters of an hour', () => {
  const horizon = '2026-11-16T12:00Z'
  expect(before('2026-11-20T10:07Z', '2026-11-20T11:08Z').own).toEqual(['2026-11-20T10:07Z', '2026-11-20T11:08Z'])
  expect(before('2026-11-16T12:05Z', '2026-11-16T12:14Z').own).toEqual([horizon, '2026-11-16T12:15Z'])
  expect(before('2026-11-16T12:05Z', '2026-11-16T12:14Z').before).toEqual(['2026-11-16T11:45Z', horizon])
})
