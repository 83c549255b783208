import { expect, test } from 'vitest'
import { periodOf } from './range.ts'

const NOW = Date.UTC(2026, 10, 24, 20, 5, 30)

test.each([
  ['1h', '2026-11-24T19:06:00Z/2026-11-24T20:05:30Z', 'Minute'],
  ['24h', '2026-11-23T20:15:00Z/2026-11-24T20:05:30Z', 'Minute15'],
  ['7d', '2026-11-17T21:00:00Z/2026-11-24T20:05:30Z', 'Hour'],
])('the last %s is whole buckets up to now', (range, interval, granularity) => {
  expect(periodOf({ range, zone: 'Asia/Tokyo' }, NOW)).toEqual({ interval, granularity })
})

test('days are those of the zone, today included', () => {
  // In Tokyo it is the 25th already.
  const { interval, granularity } = periodOf({ range: '30d', zone: 'Asia/Tokyo' }, NOW)
  expect([interval, granularity]).toEqual(['2026-10-27T00:00:00/2026-11-25T05:05:30', 'Day'])
})

test('an hour of long ago is shown by quarters: its minutes are gone', () => {
  const range = '2026-10-01T10:00:00Z/2026-10-01T11:00:00Z'
  expect(periodOf({ range, zone: 'UTC' }, NOW)).toEqual({ interval: range, granularity: 'Minute15' })
})
