import { describe, expect, test } from 'vitest'
import { formatInstant, periodsOf } from './periods.ts'
import type { Granularity } from './usage-query.ts'

const interval = (start: string, end: string) => ({ start: Date.parse(start), end: Date.parse(end) })

/** `from label` of each period in UTC, or the label alone in the zone. */
function labels(start: string, end: string, granularity: Granularity, zone: string): string[] {
  return periodsOf(interval(start, end), granularity, zone).map((period) => formatInstant(period.start, zone))
}

function fromAndLabels(start: string, end: string, granularity: Granularity, zone: string): string[] {
  return periodsOf(interval(start, end), granularity, zone).map(
    ({ from, start }) => `${formatInstant(from, 'UTC')} ${formatInstant(start, zone)}`,
  )
}

describe('days and hours at a change of clocks', () => {
  test('the hour that is skipped in Berlin in spring is no period', () => {
    expect(labels('2026-03-28T23:00Z', '2026-03-29T03:00Z', 'Hour', 'Europe/Berlin')).toEqual([
      '2026-03-29T00:00:00+01:00',
      '2026-03-29T01:00:00+01:00',
      '2026-03-29T03:00:00+02:00',
      '2026-03-29T04:00:00+02:00',
    ])
  })

  test('the hour that comes twice in Berlin in autumn is two periods', () => {
    expect(labels('2026-10-24T23:00Z', '2026-10-25T03:00Z', 'Hour', 'Europe/Berlin')).toEqual([
      '2026-10-25T01:00:00+02:00',
      '2026-10-25T02:00:00+02:00',
      '2026-10-25T02:00:00+01:00',
      '2026-10-25T03:00:00+01:00',
    ])
    expect(labels('2026-10-25T00:45Z', '2026-10-25T01:15Z', 'Minute15', 'Europe/Berlin')).toEqual([
      '2026-10-25T02:45:00+02:00',
      '2026-10-25T02:00:00+01:00',
    ])
  })

  test('the days of a change have 23 and 25 hours', () => {
    const berlin = (start: string, end: string) => fromAndLabels(start, end, 'Day', 'Europe/Berlin')
    expect(berlin('2026-03-28T23:00Z', '2026-03-30T22:00Z')).toEqual([
      '2026-03-28T23:00:00Z 2026-03-29T00:00:00+01:00',
      '2026-03-29T22:00:00Z 2026-03-30T00:00:00+02:00',
    ])
    expect(berlin('2026-10-24T22:00Z', '2026-10-26T23:00Z')).toEqual([
      '2026-10-24T22:00:00Z 2026-10-25T00:00:00+02:00',
      '2026-10-25T23:00:00Z 2026-10-26T00:00:00+01:00',
    ])
  })

  test('a date that is interrupted comes back under its own label: St John’s fell back at 00:01', () => {
    expect(fromAndLabels('2010-11-06T02:30Z', '2010-11-08T03:30Z', 'Day', 'America/St_Johns')).toEqual([
      '2010-11-06T02:30:00Z 2010-11-06T00:00:00-02:30',
      '2010-11-07T02:30:00Z 2010-11-07T00:00:00-02:30',
      '2010-11-07T02:31:00Z 2010-11-06T00:00:00-02:30',
      '2010-11-07T03:30:00Z 2010-11-07T00:00:00-02:30',
    ])
  })

  test('an interrupted month comes back too: St John’s fell back on 1 November 2009', () => {
    expect(fromAndLabels('2009-11-01T00:00Z', '2009-11-02T00:00Z', 'Month', 'America/St_Johns')).toEqual([
      '2009-11-01T00:00:00Z 2009-10-01T00:00:00-02:30',
      '2009-11-01T02:30:00Z 2009-11-01T00:00:00-02:30',
      '2009-11-01T02:31:00Z 2009-10-01T00:00:00-02:30',
      '2009-11-01T03:30:00Z 2009-11-01T00:00:00-02:30',
    ])
  })

  test('an hour that is cut in the middle goes on as a new one from there: Lord Howe moves by half an hour', () => {
    expect(fromAndLabels('2026-04-04T14:00Z', '2026-04-04T16:30Z', 'Hour', 'Australia/Lord_Howe')).toEqual([
      '2026-04-04T14:00:00Z 2026-04-05T01:00:00+11:00',
      '2026-04-04T15:00:00Z 2026-04-05T01:30:00+10:30',
      '2026-04-04T15:30:00Z 2026-04-05T02:00:00+10:30',
    ])
    expect(labels('2026-10-03T14:30Z', '2026-10-03T17:00Z', 'Hour', 'Australia/Lord_Howe')).toEqual([
      '2026-10-04T01:00:00+10:30',
      '2026-10-04T02:30:00+11:00',
      '2026-10-04T03:00:00+11:00',
    ])
  })

  test('where midnight is skipped the day is labelled with its first instant', () => {
    expect(labels('2018-11-04T03:00Z', '2018-11-05T03:00Z', 'Day', 'America/Sao_Paulo')).toEqual([
      '2018-11-04T01:00:00-02:00',
      '2018-11-05T00:00:00-02:00',
    ])
    expect(labels('2022-03-27T12:00Z', '2022-03-27T13:00Z', 'Day', 'Asia/Beirut')).toEqual([
      '2022-03-27T01:00:00+03:00',
    ])
    expect(labels('1986-01-01T00:00Z', '1986-01-01T01:00Z', 'Month', 'Asia/Kathmandu')).toEqual([
      '1986-01-01T00:15:00+05:45',
    ])
  })

  test('where midnight comes twice the day is labelled with the first: Havana falls back from 01:00 to 00:00', () => {
    expect(fromAndLabels('2025-11-02T12:00Z', '2025-11-02T13:00Z', 'Day', 'America/Havana')).toEqual([
      '2025-11-02T12:00:00Z 2025-11-02T00:00:00-04:00',
    ])
  })

  test('a date that was skipped is no period: Samoa had no 30 December 2011', () => {
    expect(fromAndLabels('2011-12-29T10:00Z', '2012-01-01T10:00Z', 'Day', 'Pacific/Apia')).toEqual([
      '2011-12-29T10:00:00Z 2011-12-29T00:00:00-10:00',
      '2011-12-30T10:00:00Z 2011-12-31T00:00:00+14:00',
      '2011-12-31T10:00:00Z 2012-01-01T00:00:00+14:00',
    ])
    expect(labels('2011-12-29T10:00Z', '2012-01-02T10:00Z', 'Week', 'Pacific/Apia')).toEqual([
      '2011-12-26T00:00:00-10:00',
      '2012-01-02T00:00:00+14:00',
    ])
  })

  test('the date after a skipped one starts a day, week and month as ever: Kiritimati had no 31 December 1994', () => {
    expect(labels('1994-12-31T00:00Z', '1994-12-31T12:00Z', 'Day', 'Pacific/Kiritimati')).toEqual([
      '1994-12-30T00:00:00-10:00',
      '1995-01-01T00:00:00+14:00',
    ])
    expect(labels('1995-01-20T00:00Z', '1995-01-21T00:00Z', 'Month', 'Pacific/Kiritimati')).toEqual([
      '1995-01-01T00:00:00+14:00',
    ])
    expect(labels('1993-08-22T00:00Z', '1993-08-22T12:00Z', 'Day', 'Pacific/Kwajalein')).toEqual([
      '1993-08-22T00:00:00+12:00',
    ])
  })
})

describe('zones off the hour', () => {
  test('Kathmandu’s days and hours start at a quarter past UTC’s', () => {
    expect(fromAndLabels('2026-11-22T18:00Z', '2026-11-22T19:30Z', 'Hour', 'Asia/Kathmandu')).toEqual([
      '2026-11-22T18:00:00Z 2026-11-22T23:00:00+05:45',
      '2026-11-22T18:15:00Z 2026-11-23T00:00:00+05:45',
      '2026-11-22T19:15:00Z 2026-11-23T01:00:00+05:45',
    ])
  })

  test('Chatham and Kolkata', () => {
    expect(labels('2026-11-22T10:15Z', '2026-11-22T10:30Z', 'Day', 'Pacific/Chatham')).toEqual([
      '2026-11-23T00:00:00+13:45',
    ])
    expect(labels('2026-11-22T18:30Z', '2026-11-22T18:45Z', 'Day', 'Asia/Kolkata')).toEqual([
      '2026-11-23T00:00:00+05:30',
    ])
  })

  test('a bucket that a period’s edge cuts belongs where it begins: Monrovia was 44:30 behind until 1972', () => {
    const days = periodsOf(interval('1971-05-01T00:00Z', '1971-05-02T00:00Z'), 'Day', 'Africa/Monrovia')
    expect(days.map(({ from }) => formatInstant(from, 'UTC'))).toEqual(['1971-05-01T00:00:00Z', '1971-05-01T00:44:30Z'])
  })
})

describe('weeks, months and years', () => {
  test('weeks are ISO weeks, Monday first: 2020 and 2026 have a week 53', () => {
    expect(labels('2020-12-27T00:00Z', '2021-01-05T00:00Z', 'Week', 'UTC')).toEqual([
      '2020-12-21T00:00:00Z',
      '2020-12-28T00:00:00Z',
      '2021-01-04T00:00:00Z',
    ])
    expect(labels('2026-12-31T00:00Z', '2027-01-05T00:00Z', 'Week', 'Europe/Berlin')).toEqual([
      '2026-12-28T00:00:00+01:00',
      '2027-01-04T00:00:00+01:00',
    ])
    expect(labels('1970-01-01T00:00Z', '1970-01-06T00:00Z', 'Week', 'UTC')).toEqual([
      '1969-12-29T00:00:00Z',
      '1970-01-05T00:00:00Z',
    ])
  })

  test('a leap day is a day of February, in the years that have one', () => {
    expect(labels('2024-02-28T00:00Z', '2024-03-02T00:00Z', 'Day', 'UTC')).toEqual([
      '2024-02-28T00:00:00Z',
      '2024-02-29T00:00:00Z',
      '2024-03-01T00:00:00Z',
    ])
    expect(labels('2000-02-29T00:00Z', '2000-03-01T00:00Z', 'Month', 'UTC')).toEqual(['2000-02-01T00:00:00Z'])
    expect(labels('2100-02-28T00:00Z', '2100-03-02T00:00Z', 'Day', 'UTC')).toHaveLength(2)
  })

  test('a bucket at the edge carries the first day of its period, before the interval or not', () => {
    expect(fromAndLabels('2026-01-15T12:00Z', '2026-02-10T00:00Z', 'Month', 'America/New_York')).toEqual([
      '2026-01-15T12:00:00Z 2026-01-01T00:00:00-05:00',
      '2026-02-01T05:00:00Z 2026-02-01T00:00:00-05:00',
    ])
  })

  test('a month with a change of clocks is one period, at the offset of its first instant', () => {
    expect(labels('2026-10-01T00:00Z', '2026-11-01T00:00Z', 'Month', 'Europe/Berlin')).toEqual([
      '2026-10-01T00:00:00+02:00',
      '2026-11-01T00:00:00+01:00',
    ])
  })

  test('the last day of 9999 is one', () => {
    expect(labels('9999-12-31T12:00Z', '9999-12-31T23:00Z', 'Day', 'Europe/Berlin')).toEqual([
      '9999-12-31T00:00:00+01:00',
    ])
  })
})

describe('instants are written', () => {
  test.each([
    ['2026-10-25T00:00:00Z', 'Europe/Berlin', '2026-10-25T02:00:00+02:00'],
    ['2026-10-25T01:00:00Z', 'europe/berlin', '2026-10-25T02:00:00+01:00'],
    ['2026-10-25T00:00:00Z', 'UTC', '2026-10-25T00:00:00Z'],
    ['2026-10-25T00:00:00Z', 'etc/utc', '2026-10-25T00:00:00Z'],
    ['2026-12-25T00:00:00Z', 'Europe/London', '2026-12-25T00:00:00+00:00'],
    ['2026-10-25T00:00:00Z', 'America/St_Johns', '2026-10-24T21:30:00-02:30'],
    ['2026-10-25T00:00:00.250Z', 'Asia/Kathmandu', '2026-10-25T05:45:00.250+05:45'],
    ['1970-01-01T00:00:00Z', 'Asia/Tokyo', '1970-01-01T09:00:00+09:00'],
    ['1969-12-31T23:59:59.999Z', 'UTC', '1969-12-31T23:59:59.999Z'],
    ['+010000-01-01T00:00:00Z', 'UTC', '+010000-01-01T00:00:00Z'],
  ])('%s in %s', (instant, zone, text) => {
    expect(formatInstant(Date.parse(instant), zone)).toBe(text)
    expect(Date.parse(text)).toBe(Date.parse(instant))
  })

  test('with an offset of whole minutes even where the zone had seconds, and still the same instant and date', () => {
    const midnight = Date.parse('1971-05-01T00:44:30Z')
    expect(formatInstant(midnight, 'Africa/Monrovia')).toBe('1971-05-01T00:00:30-00:44')
    expect(Date.parse('1971-05-01T00:00:30-00:44')).toBe(midnight)
  })

  test('not at all in a zone that is none', () => {
    expect(() => formatInstant(0, '+02:00')).toThrow(RangeError)
    expect(() => periodsOf({ start: 0, end: 1 }, 'Day', 'Europe/Nowhere')).toThrow(RangeError)
  })
})
