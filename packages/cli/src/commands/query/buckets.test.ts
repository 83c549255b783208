import { expect, test } from 'vitest'
import { bucketsOf } from './buckets.ts'

test.each([
  [
    'hours of the day that has 25',
    '2026-10-25T00:00:00+02:00/2026-10-26T00:00:00+01:00',
    'Hour',
    25,
    '2026-10-25T02:00:00+01:00',
    3,
  ],
  [
    'quarters of an hour from within one',
    '2026-11-01T10:20:00Z/2026-11-01T11:00:00Z',
    'Minute15',
    3,
    '2026-11-01T10:15:00Z',
    0,
  ],
  [
    'days over a change of clocks',
    '2026-10-24T00:00:00+02:00/2026-10-27T00:00:00+01:00',
    'Day',
    3,
    '2026-10-26T00:00:00+01:00',
    2,
  ],
  ['a day that has only begun', '2026-10-24T00:00:00Z/2026-10-25T10:00:00Z', 'Day', 2, '2026-10-25T00:00:00Z', 1],
  ['weeks, the first in part', '2026-11-01T00:00:00Z/2026-11-10T00:00:00Z', 'Week', 3, '2026-10-26T00:00:00Z', 0],
  ['months over a year', '2025-11-01T00:00:00Z/2026-03-01T00:00:00Z', 'Month', 4, '2026-02-01T00:00:00Z', 3],
  ['the whole', '2025-11-01T00:00:00Z/2026-03-01T00:00:00Z', null, 1, undefined, 0],
] as const)('%s are counted, with a place for each', (_what, interval, granularity, count, time, index) => {
  const buckets = bucketsOf({ interval, granularity })
  expect([buckets.count, buckets.indexOf(time)]).toEqual([count, index])
})
