import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { minuteHorizon, parseInterval } from './interval.ts'

const NOW = Date.parse('2026-11-23T09:40:30Z')
const MINUTE = 60_000
const QUARTER = 15 * MINUTE
const DAY = 96 * QUARTER
/** Written down on purpose and not computed: 7 days before NOW, at the quarter of an hour before. */
const HORIZON = Date.parse('2026-11-16T09:30:00Z')

const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z')

/** `start/end` with both edges in UTC, the end exclusive. */
function parsed(text: string, timeZone = 'UTC'): string {
  const { start, end } = parseInterval(text, { timeZone, now: NOW })
  return `${iso(start)}/${iso(end)}`
}

describe('dates', () => {
  test.each([
    ['2020-02-01/2020-02-28', '2020-02-01T00:00:00Z/2020-02-29T00:00:00Z'],
    ['2020-02-29/2020-02-29', '2020-02-29T00:00:00Z/2020-03-01T00:00:00Z'],
    ['2020-01/2020-06', '2020-01-01T00:00:00Z/2020-07-01T00:00:00Z'],
    ['2020/2020', '2020-01-01T00:00:00Z/2021-01-01T00:00:00Z'],
    ['2019-12/2020', '2019-12-01T00:00:00Z/2021-01-01T00:00:00Z'],
    ['2020/2020-02-03', '2020-01-01T00:00:00Z/2020-02-04T00:00:00Z'],
    ['2020-02/2020-02-03T10:00Z', '2020-02-01T00:00:00Z/2020-02-03T10:00:00Z'],
    ['1970/1970', '1970-01-01T00:00:00Z/1971-01-01T00:00:00Z'],
    ['1970-01-01/9999-12-31', '1970-01-01T00:00:00Z/+010000-01-01T00:00:00Z'],
    ['9999/9999', '9999-01-01T00:00:00Z/+010000-01-01T00:00:00Z'],
  ])('%s covers its whole periods', (text, edges) => expect(parsed(text)).toBe(edges))

  test.each([
    ['2026-03-29/2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00Z/2026-03-29T22:00:00Z'],
    ['2026-10-25/2026-10-25', 'Europe/Berlin', '2026-10-24T22:00:00Z/2026-10-25T23:00:00Z'],
    ['2026/2026', 'Asia/Kathmandu', '2025-12-31T18:15:00Z/2026-12-31T18:15:00Z'],
    ['2018-11-04/2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00Z/2018-11-05T02:00:00Z'],
    ['2011-12-29/2011-12-31', 'Pacific/Apia', '2011-12-29T10:00:00Z/2011-12-31T10:00:00Z'],
    ['1970/1970', 'Asia/Tokyo', '1969-12-31T15:00:00Z/1970-12-31T15:00:00Z'],
    ['9999/9999', 'America/New_York', '9999-01-01T05:00:00Z/+010000-01-01T05:00:00Z'],
  ])('%s in %s is local', (text, zone, edges) => expect(parsed(text, zone)).toBe(edges))
})

describe('times', () => {
  test.each([
    ['an end to the hour is that instant', '2020-02-01T10/2020-02-01T11', '2020-02-01T10:00:00Z/2020-02-01T11:00:00Z'],
    ['one on a quarter too', '2020-02-01T10:00Z/2020-02-01T10:15Z', '2020-02-01T10:00:00Z/2020-02-01T10:15:00Z'],
    ['with seconds as well', '2020-02-01T10:00:00Z/2020-02-01T11:00:00Z', '2020-02-01T10:00:00Z/2020-02-01T11:00:00Z'],
    ['T23:59 reaches midnight', '2020-02-07/2020-02-07T23:59', '2020-02-07T00:00:00Z/2020-02-08T00:00:00Z'],
    [
      'T23:59:59.999Z reaches midnight',
      '2020-02-07T00:00:00Z/2020-02-07T23:59:59.999Z',
      '2020-02-07T00:00:00Z/2020-02-08T00:00:00Z',
    ],
    [
      '…-08T00:00:00Z takes nothing of the 8th',
      '2020-02-01T00:00:00Z/2020-02-08T00:00:00Z',
      '2020-02-01T00:00:00Z/2020-02-08T00:00:00Z',
    ],
    ['24:00 ends its day', '2020-02-28T24:00/2020-02-29T24:00:00', '2020-02-29T00:00:00Z/2020-03-01T00:00:00Z'],
    ['an offset', '2020-02-01T10:00+05:30/2020-02-01T10:00-0330', '2020-02-01T04:30:00Z/2020-02-01T13:30:00Z'],
    ['an offset of hours', '2020-02-01T10+02/2020-02-01T10:00:00Z', '2020-02-01T08:00:00Z/2020-02-01T10:00:00Z'],
    ['lower case', '2020-02-01t10:00z/2020-02-01t11:00:00z', '2020-02-01T10:00:00Z/2020-02-01T11:00:00Z'],
    [
      'fractions with either sign',
      '2020-02-01T10:14:59,9Z/2020-02-01T10:15:00.1Z',
      '2020-02-01T10:00:00Z/2020-02-01T10:30:00Z',
    ],
    [
      'a fraction finer than milliseconds',
      '2020-02-01T10:00:00.0000001Z/2020-02-01T10:15:00.00000000000000000001Z',
      '2020-02-01T10:00:00Z/2020-02-01T10:30:00Z',
    ],
    ['a leap second', '2016-12-31T23:00Z/2016-12-31T23:59:60Z', '2016-12-31T23:00:00Z/2017-01-01T00:00:00Z'],
    [
      'the end of time',
      '9999-12-31T23:00Z/9999-12-31T23:59:59.9999999Z',
      '9999-12-31T23:00:00Z/+010000-01-01T00:00:00Z',
    ],
  ])('%s: %s', (_rule, text, edges) => expect(parsed(text)).toBe(edges))

  test.each([
    [
      'a skipped time is read after the gap',
      '2026-03-29T02:30/2026-03-29T04:00',
      '2026-03-29T01:30:00Z/2026-03-29T02:00:00Z',
    ],
    [
      'a time that comes twice is the first',
      '2026-10-25T02:00/2026-10-25T02:30',
      '2026-10-25T00:00:00Z/2026-10-25T00:30:00Z',
    ],
    [
      'an offset goes before the zone',
      '2026-10-25T02:00+01:00/2026-10-25T04:00',
      '2026-10-25T01:00:00Z/2026-10-25T03:00:00Z',
    ],
  ])('in Berlin %s', (_rule, text, edges) => expect(parsed(text, 'Europe/Berlin')).toBe(edges))
})

describe('edges move outward to whole buckets', () => {
  test.each([
    ['2026-11-23T09:01:00Z/2026-11-23T09:02:00Z', '2026-11-23T09:01:00Z/2026-11-23T09:02:00Z'],
    ['2026-11-23T09:01:30Z/2026-11-23T09:02:30Z', '2026-11-23T09:01:00Z/2026-11-23T09:03:00Z'],
    ['2026-11-23T09:01/2026-11-23T09:02', '2026-11-23T09:01:00Z/2026-11-23T09:03:00Z'],
    ['2026-11-23T09:01/2026-11-23T09:01', '2026-11-23T09:01:00Z/2026-11-23T09:02:00Z'],
    ['2026-11-23T09:00/2026-11-23T09:15', '2026-11-23T09:00:00Z/2026-11-23T09:15:00Z'],
    ['2026-11-16T09:30:01Z/2026-11-16T09:31:01Z', '2026-11-16T09:30:00Z/2026-11-16T09:32:00Z'],
    ['2026-11-16T09:29:59Z/2026-11-16T09:31:01Z', '2026-11-16T09:15:00Z/2026-11-16T09:32:00Z'],
    ['2026-11-16T09:16:01Z/2026-11-16T09:29:59.9999Z', '2026-11-16T09:15:00Z/2026-11-16T09:30:00Z'],
    ['2020-02-01T10:14Z/2020-02-01T10:16Z', '2020-02-01T10:00:00Z/2020-02-01T10:30:00Z'],
    ['1971-05-01/1971-05-01', '1971-05-01T00:00:00Z/1971-05-02T00:00:00Z'],
  ])('%s', (text, edges) => expect(parsed(text)).toBe(edges))

  test('also where a day starts within a bucket: Monrovia was 44:30 behind until 1972', () => {
    expect(parsed('1971-05-01/1971-05-01', 'Africa/Monrovia')).toBe('1971-05-01T00:30:00Z/1971-05-02T00:45:00Z')
  })

  test('the horizon is 7 days ago, at a whole quarter of an hour', () => {
    expect(minuteHorizon(NOW)).toBe(HORIZON)
    expect(minuteHorizon(HORIZON + 7 * DAY)).toBe(HORIZON)
    expect(minuteHorizon(HORIZON + 7 * DAY - 1)).toBe(HORIZON - QUARTER)
  })

  const anInstant = fc.integer({ min: 0, max: Date.UTC(2100, 0) })
  const aRecentInstant = fc.integer({ min: HORIZON - 2 * DAY, max: NOW + DAY })

  test('what was asked for is inside, and less than a bucket is added at either edge', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anInstant, aRecentInstant), { minLength: 2, maxLength: 2 }), (edges) => {
        const [from = 0, to = 0] = edges.toSorted((a, b) => a - b)
        fc.pre(from < to)
        const { start, end } = parseInterval(`${iso(from)}/${iso(to)}`, { timeZone: 'UTC', now: NOW })
        const [before, after] = [from, to].map((edge) => (edge < HORIZON ? QUARTER : MINUTE))
        expect([start % (before ?? 0), end % (after ?? 0)]).toEqual([0, 0])
        expect(start <= from && end >= to).toBe(true)
        expect(from - start < (before ?? 0) && end - to < (after ?? 0)).toBe(true)
      }),
    )
  })

  test('intervals of whole minutes that follow each other share nothing within the 7 days, nor of quarters before', () => {
    const threeEdges = fc.oneof(
      fc.uniqueArray(
        fc.integer({ min: HORIZON / MINUTE, max: Math.floor(NOW / MINUTE) }).map((minute) => minute * MINUTE),
        {
          minLength: 3,
          maxLength: 3,
        },
      ),
      fc.uniqueArray(
        fc.integer({ min: 0, max: Math.floor(NOW / QUARTER) }).map((quarter) => quarter * QUARTER),
        {
          minLength: 3,
          maxLength: 3,
        },
      ),
    )
    fc.assert(
      fc.property(threeEdges, (edges) => {
        const [a = 0, b = 0, c = 0] = edges.toSorted((x, y) => x - y)
        expect(parsed(`${iso(a)}/${iso(b)}`)).toBe(`${iso(a)}/${iso(b)}`)
        expect(parsed(`${iso(b)}/${iso(c)}`)).toBe(`${iso(b)}/${iso(c)}`)
      }),
    )
  })
})

describe('date intervals', () => {
  const ZONES = ['UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'America/Havana', 'Asia/Kathmandu', 'Asia/Beirut']
  const MORE_ZONES = ['America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Chatham', 'Africa/Cairo', 'America/Asuncion']

  test('begin and end exactly where the date changes on the wall, in any zone', () => {
    const aDay = fc.integer({ min: Date.UTC(1973, 0) / DAY, max: Date.UTC(2060, 0) / DAY })
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES, ...MORE_ZONES),
        aDay,
        fc.integer({ min: 0, max: 60 }),
        (zone, day, days) => {
          const [first, last] = [day, day + days].map((each) => iso(each * DAY).slice(0, 10))
          const { start, end } = parseInterval(`${first}/${last}`, { timeZone: zone, now: NOW })
          const dateAt = (ms: number) => new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(ms)
          expect([dateAt(start), dateAt(end - 1)]).toEqual([first, last])
          expect([dateAt(start - 1) < String(first), dateAt(end) > String(last)]).toEqual([true, true])
        },
      ),
      { numRuns: 200 },
    )
  })

  test('that follow each other share nothing and leave nothing out, interrupted dates included', () => {
    const day = (date: string) => parsed(`${date}/${date}`, 'America/St_Johns').split('/')
    expect(day('2010-11-06')[1]).toBe(day('2010-11-07')[0])
  })
})
