import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatInstant, periodsOf } from './periods.ts'
import type { Granularity } from './usage-query.ts'

/**
 * Periods against a recount that knows nothing of offsets or Temporal: every bucket asks Intl for the date and the clock
 * on the wall at its first instant (decisions.md 10).
 */

const MINUTE = 60_000
const QUARTER = 15 * MINUTE
const DAY = 96 * QUARTER

/** Zones with something odd, and when it happened; random times near there, and anywhere else. */
const ODD: readonly (readonly [zone: string, instant: string])[] = [
  ['UTC', '2024-02-29T00:00Z'],
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['America/St_Johns', '2010-11-07T02:31Z'],
  ['America/St_Johns', '2009-11-01T02:31Z'],
  ['America/St_Johns', '2011-03-13T03:31Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['Asia/Kathmandu', '1985-12-31T18:30Z'],
  ['Asia/Kolkata', '2026-01-01T00:00Z'],
  ['Pacific/Chatham', '2026-04-04T14:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Pacific/Kiritimati', '1994-12-31T10:00Z'],
  ['Pacific/Kwajalein', '1993-08-21T12:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['America/Asuncion', '2024-03-24T03:00Z'],
  ['America/Havana', '2025-11-02T05:00Z'],
  ['Asia/Beirut', '2022-03-26T22:00Z'],
  ['Asia/Gaza', '2010-03-26T22:01Z'],
  ['Antarctica/Casey', '2020-10-03T16:01Z'],
  ['Antarctica/Troll', '2026-03-29T01:00Z'],
  ['Africa/Monrovia', '1972-01-07T00:44:30Z'],
  ['Africa/Casablanca', '2025-02-23T02:00Z'],
  ['Asia/Pyongyang', '2018-05-04T15:00Z'],
  ['America/Caracas', '2016-05-01T07:00Z'],
]

const anOddTime = fc
  .tuple(fc.constantFrom(...ODD), fc.integer({ min: -3 * 96, max: 96 }))
  .map(([[zone, instant], quarters]) => ({
    zone,
    start: Math.floor(Date.parse(instant) / QUARTER) * QUARTER + quarters * QUARTER,
  }))
const anyTime = fc
  .tuple(fc.constantFrom(...ODD), fc.integer({ min: 0, max: Date.UTC(2060, 0) / QUARTER }))
  .map(([[zone], quarters]) => ({ zone, start: quarters * QUARTER }))
const aTime = fc.oneof({ weight: 3, arbitrary: anOddTime }, anyTime)

interface Wall {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  /** The offset as a name; it tells the two hours of autumn apart. */
  readonly offset: string
}

const formats = new Map<string, Intl.DateTimeFormat>()

function wallAt(zone: string, ms: number): Wall {
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const
  const options = { ...numeric, timeZone: zone, hourCycle: 'h23', timeZoneName: 'longOffset' } as const
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en-US', options)
  formats.set(zone, format)
  const match = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+) (GMT.*)$/.exec(format.format(ms))
  if (match === null) throw new Error(`Intl writes ${format.format(ms)}`)
  const [, month, day, year, hour, minute, offset = ''] = match
  return {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    offset,
  }
}

/** The first date of the period, or for parts of a day the date, clock and offset. */
function periodKey(granularity: Granularity, wall: Wall): string {
  const { year, month, day, hour, minute, offset } = wall
  const date = new Date(Date.UTC(year, month - 1, day))
  if (granularity === 'Month') date.setUTCDate(1)
  if (granularity === 'Week') while (date.getUTCDay() !== 1) date.setUTCDate(date.getUTCDate() - 1)
  const text = date.toISOString().slice(0, 10)
  if (granularity === 'Hour') return `${text} ${hour} ${offset}`
  if (granularity === 'Minute15') return `${text} ${hour}:${Math.floor(minute / 15)} ${offset}`
  if (granularity === 'Minute') return `${text} ${hour}:${minute} ${offset}`
  return text
}

function checkAgainstRecount(zone: string, start: number, end: number, granularity: Granularity, bucket: number) {
  const periods = periodsOf({ start, end }, granularity, zone)
  expect(periods[0]?.from).toBe(start)
  for (const [i, { from }] of periods.entries()) expect(from).toBeGreaterThan(periods[i - 1]?.from ?? start - 1)
  const startOfKey = new Map<string, number>()
  let index = 0
  for (let at = start; at < end; at += bucket) {
    while ((periods[index + 1]?.from ?? end) <= at) index++
    const key = periodKey(granularity, wallAt(zone, at))
    const label = periods[index]?.start
    if (startOfKey.has(key) && label === startOfKey.get(key)) continue
    expect(startOfKey.get(key), `two labels for ${key}`).toBeUndefined()
    startOfKey.set(key, label ?? Number.NaN)
  }
  expect(new Set(startOfKey.values()).size, 'one label for two periods').toBe(startOfKey.size)
  for (const [key, label] of startOfKey) checkLabel(zone, granularity, key, label)
}

/** The label is in the period and nothing of the period is in the two days before it. */
function checkLabel(zone: string, granularity: Granularity, key: string, label: number) {
  expect(periodKey(granularity, wallAt(zone, label))).toBe(key)
  const near = Array.from({ length: 5 }, (_, minutes) => label - 1 - minutes * MINUTE)
  const far = ['Day', 'Week', 'Month'].includes(granularity)
    ? Array.from({ length: 96 }, (_, halfHours) => label - 1 - (halfHours + 1) * 2 * QUARTER)
    : []
  for (const before of [...near, ...far]) expect(periodKey(granularity, wallAt(zone, before))).not.toBe(key)
}

test.each([
  ['Minute', MINUTE, DAY / 24],
  ['Minute15', QUARTER, 2 * DAY],
  ['Minute15', MINUTE, DAY / 8],
  ['Hour', QUARTER, 5 * DAY],
  ['Hour', MINUTE, DAY / 4],
  ['Day', QUARTER, 8 * DAY],
  ['Day', MINUTE, DAY / 2],
  ['Week', QUARTER, 16 * DAY],
  ['Month', QUARTER, 34 * DAY],
] as const)(
  'every bucket is in the %s that Intl shows at its first instant (buckets of %d ms)',
  (granularity, bucket, longest) => {
    fc.assert(
      fc.property(aTime, fc.integer({ min: 1, max: longest / QUARTER }), ({ zone, start }, quarters) => {
        checkAgainstRecount(zone, start, start + quarters * QUARTER, granularity, bucket)
      }),
      { numRuns: 40 },
    )
  },
)

test.each(ODD)('%s around %s: each granularity agrees with Intl', (zone, instant) => {
  const start = Math.floor(Date.parse(instant) / QUARTER) * QUARTER - DAY
  for (const granularity of ['Hour', 'Day', 'Week', 'Month'] as const) {
    checkAgainstRecount(zone, start, start + 2 * DAY, granularity, QUARTER)
  }
})

test('an instant is written with the clock and offset that Intl shows', () => {
  fc.assert(
    fc.property(aTime, ({ zone, start }) => {
      fc.pre(zone !== 'Africa/Monrovia' && zone !== 'UTC')
      const { year, month, day, hour, minute, offset } = wallAt(zone, start)
      const [y, m, d, h, min] = [year, month, day, hour, minute].map((part) => String(part).padStart(2, '0'))
      const text = `${y}-${m}-${d}T${h}:${min}:00${offset.slice('GMT'.length) || '+00:00'}`
      expect(formatInstant(start, zone)).toBe(text)
    }),
    { numRuns: 300 },
  )
})
