import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, test } from 'vitest'
import { parseTimestamp } from './timestamp.ts'

const digits = (value: number, count: number) => String(value).padStart(count, '0')

/** The parts of a timestamp, dates that do not exist and numbers out of range among them. */
const parts = fc.record({
  year: fc.oneof(fc.integer({ min: 1970, max: 2100 }), fc.integer({ min: 0, max: 9999 })),
  month: fc.integer({ min: 0, max: 13 }),
  day: fc.integer({ min: 0, max: 32 }),
  hour: fc.integer({ min: 0, max: 25 }),
  minute: fc.integer({ min: 0, max: 61 }),
  second: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 59 }) }, fc.integer({ min: 59, max: 61 })),
  fraction: fc.option(fc.stringMatching(/^\d{1,12}$/), { nil: undefined }),
  t: fc.constantFrom('T', 't'),
  zone: fc.oneof(
    fc.constantFrom('Z', 'z', '+00:00', '-00:00'),
    fc
      .tuple(fc.constantFrom('+', '-'), fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 60 }))
      .map(([sign, hours, minutes]) => `${sign}${digits(hours, 2)}:${digits(minutes, 2)}`),
  ),
})

type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never

function written(p: Parts): string {
  const date = `${digits(p.year, 4)}-${digits(p.month, 2)}-${digits(p.day, 2)}`
  const time = `${digits(p.hour, 2)}:${digits(p.minute, 2)}:${digits(p.second, 2)}`
  return `${date}${p.t}${time}${p.fraction === undefined ? '' : `.${p.fraction}`}${p.zone}`
}

/** What the same parts are by Temporal's calendar; undefined where it finds none. Knows no leap seconds. */
function byTemporal(p: Parts): number | undefined {
  const offset = /^([+-])(\d\d):(\d\d)$/.exec(p.zone)
  const [hours, minutes] = [Number(offset?.[2] ?? 0), Number(offset?.[3] ?? 0)]
  if (p.second > 59 || hours > 23 || minutes > 59) return undefined
  try {
    const millisecond = Number((p.fraction ?? '').padEnd(3, '0').slice(0, 3))
    const local = Temporal.PlainDateTime.from({ ...p, millisecond }, { overflow: 'reject' })
    const ahead = (offset?.[1] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000
    return local.toZonedDateTime('UTC').epochMilliseconds - ahead
  } catch {
    return undefined
  }
}

describe('RFC 3339 timestamps', () => {
  test('are the instant that Temporal finds for the same parts, and nothing where there is none', () => {
    fc.assert(
      fc.property(parts, (p) => {
        fc.pre(p.second !== 60)
        expect(parseTimestamp(written(p))).toBe(byTemporal(p))
      }),
      { numRuns: 3000 },
    )
  })

  test('every instant from 1970 to 9999 comes back from the way Date writes it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(10_000, 0) - 1 }), (ms) => {
        expect(parseTimestamp(new Date(ms).toISOString())).toBe(ms)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['2026-11-23T10:00:00Z', Date.UTC(2026, 10, 23, 10)],
    ['2026-11-23t10:00:00z', Date.UTC(2026, 10, 23, 10)],
    ['2026-11-23T10:00:00.5Z', Date.UTC(2026, 10, 23, 10, 0, 0, 500)],
    ['2026-11-23T10:00:00.0239999999999999Z', Date.UTC(2026, 10, 23, 10, 0, 0, 23)],
    ['2026-11-23T10:00:00+05:45', Date.UTC(2026, 10, 23, 4, 15)],
    ['2026-11-23T10:00:00.25-09:30', Date.UTC(2026, 10, 23, 19, 30, 0, 250)],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
    ['1969-12-31T23:59:59.999Z', -1],
    ['9999-12-31T23:59:59.999Z', Date.UTC(10_000, 0) - 1],
  ])('%s is read', (text, ms) => expect(parseTimestamp(text)).toBe(ms))

  test.each([
    '',
    '2026-11-23',
    '2026-11-23T10:00Z',
    '2026-11-23T10:00:00',
    '2026-11-23 10:00:00Z',
    '2026-11-23T10:00:00 Z',
    ' 2026-11-23T10:00:00Z',
    '2026-11-23T10:00:00Z ',
    '2026-11-23T10:00:00.Z',
    '2026-11-23T10:00:00.1',
    '2026-11-23T10:00:00,5Z',
    '2026-11-23T10:00:00.5.5Z',
    '2026-11-23T10:00:00+0200',
    '2026-11-23T10:00:00+02',
    '2026-11-23T10:00:00+02:0',
    '2026-11-23T10:00:00+02:000',
    '2026-11-23T10:00:00+24:00',
    '2026-11-23T10:00:00+02:60',
    '2026-11-23T10:00:00ZZ',
    '2026-11-23T24:00:00Z',
    '2026-11-23T10:60:00Z',
    '2026-00-23T10:00:00Z',
    '2026-11-00T10:00:00Z',
    '2026-13-23T10:00:00Z',
    '2026-02-29T10:00:00Z',
    '2100-02-29T10:00:00Z',
    '2026-04-31T10:00:00Z',
    '20261123T100000Z',
    '2026/11/23T10:00:00Z',
    '2026-11-23T10.00.00Z',
    '2026-11-23T1a:00:00Z',
    '+02026-11-23T10:00:00Z',
    '２０26-11-23T10:00:00Z',
    '2026-11-23T10:00:00Z[UTC]',
    '1700000000000',
  ])('"%s" is none', (text) => expect(parseTimestamp(text)).toBeUndefined())

  test('no string makes the parser throw, and what it reads begins like a timestamp', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789-:TtZz.+ ') })), (text) => {
        if (parseTimestamp(text) !== undefined) expect(text).toMatch(/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d/)
      }),
    )
  })
})

describe('a second 60', () => {
  test.each([
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.999Z'],
    ['1972-06-30T23:59:60.5Z', '1972-06-30T23:59:59.999Z'],
    ['2017-01-01T05:44:60+05:45', '2016-12-31T23:59:59.999Z'],
    ['2015-06-30T16:59:60.999-07:00', '2015-06-30T23:59:59.999Z'],
  ])('%s, a real leap second, counts as the last millisecond of its minute', (text, same) => {
    expect(parseTimestamp(text)).toBe(Date.parse(same))
  })

  test.each([
    '2016-12-31T23:58:60Z',
    '2016-12-31T22:59:60Z',
    '2016-12-31T23:59:60+01:00',
    '2016-12-30T23:59:60Z',
    '2020-12-31T23:59:60Z',
    '2016-12-31T23:59:61Z',
  ])('%s is none: there was no leap second', (text) => expect(parseTimestamp(text)).toBeUndefined())
})
