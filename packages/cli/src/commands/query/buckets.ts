import type { UsageBucket, UsageTableMeta } from '@routemeter/client'

/** All buckets of an answer, those without calls too. */
export interface Buckets {
  readonly count: number
  indexOf(time: string | undefined): number
}

const MINUTE_MS = 60_000
const DAY_MS = 1440 * MINUTE_MS
const LENGTHS: Readonly<Partial<Record<UsageBucket, number>>> = {
  Minute: MINUTE_MS,
  Minute15: 15 * MINUTE_MS,
  Hour: 60 * MINUTE_MS,
}

/** Time as the interval's start and end and the rows have it: RFC 3339 with the zone's offset. */
export function bucketsOf({ interval, granularity }: Pick<UsageTableMeta, 'interval' | 'granularity'>): Buckets {
  const [start = '', end = ''] = interval.split('/')
  if (granularity === null) return { count: 1, indexOf: () => 0 }
  const length = LENGTHS[granularity]
  return length === undefined ? dates(start, end, granularity) : clock(start, end, length)
}

/** Buckets of one length; where a clock changes by less than that, two may come to share a place. */
function clock(start: string, end: string, length: number): Buckets {
  const offset = offsetOf(start)
  const first = Math.floor((Date.parse(start) + offset) / length)
  const count = Math.max(1, Math.ceil((Date.parse(end) + offset) / length) - first)
  return {
    count,
    indexOf: (time = start) => within(Math.floor((Date.parse(time) + offset) / length) - first, count),
  }
}

function offsetOf(time: string): number {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(time) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE_MS
}

function dates(start: string, end: string, granularity: UsageBucket): Buckets {
  const number = (time: string) => numberOf(time, granularity)
  const first = number(start)
  const isMidnight = end.slice(11, 19) === '00:00:00'
  const last = isMidnight ? numberOf(end, granularity, -1) : number(end)
  const count = Math.max(1, last - first + 1)
  return { count, indexOf: (time = start) => within(number(time) - first, count) }
}

/** Days, weeks or months are counted from one on; the date is moved by so many days before. */
function numberOf(time: string, granularity: UsageBucket, days = 0): number {
  const date = new Date(Date.parse(`${time.slice(0, 10)}T00:00:00Z`) + days * DAY_MS)
  if (granularity === 'Month') return date.getUTCFullYear() * 12 + date.getUTCMonth()
  const day = Math.floor(date.getTime() / DAY_MS)
  // 1970-01-05 was a Monday.
  return granularity === 'Week' ? Math.floor((day - 4) / 7) : day
}

function within(index: number, count: number): number {
  return Math.min(Math.max(index, 0), count - 1)
}
