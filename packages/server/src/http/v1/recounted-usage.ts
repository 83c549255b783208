import type { Dimension, Metric } from '../../domain/catalogue.ts'
import type { UsageEvent } from '../../domain/usage-event.ts'
import type { Granularity } from '../../domain/usage-query.ts'

/**
 * For tests: answers the questions of POST /v1/usage/query by going through the raw events one by one, in the plainest
 * way and with nothing of the product's own code but its types.
 */
export interface Question {
  /** Milliseconds, on whole buckets, the end exclusive. */
  readonly start: number
  readonly end: number
  /** Where the interval before starts. */
  readonly previousStart: number | undefined
  readonly timeZone: string
  readonly granularity: Granularity | undefined
  readonly groupBy: readonly Dimension[]
  readonly metrics: readonly Metric[]
  readonly filters: Readonly<Partial<Record<Dimension, readonly string[]>>>
  readonly sortBy: readonly { readonly fieldName: Metric | Dimension; readonly order: 'Asc' | 'Desc' }[]
  readonly limit: number | undefined
  readonly other: boolean
}

export interface RecountedRow {
  /** The bucket in the words of `keyOfTime`; undefined without a granularity. */
  readonly time: string | undefined
  readonly dimensions: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, number | null>>
  readonly previous: Readonly<Record<string, number | null>> | undefined
}

interface Group {
  readonly bucket: string
  readonly order: number
  readonly dimensions: readonly string[]
  readonly isOther: boolean
  readonly events: UsageEvent[]
}

const MINUTE_MS = 60_000
const QUARTER_MS = 15 * MINUTE_MS

export function recountedUsage(events: readonly UsageEvent[], asked: Question): readonly RecountedRow[] {
  const passing = events.filter((event) =>
    Object.entries(asked.filters).every(([name, values]) => values.includes(dimensionOf(event, name as Dimension))),
  )
  const within = (start: number, end: number) => passing.filter(({ time }) => time >= start && time < end)
  const first = firstGroups(within(asked.start, asked.end), asked)
  const groups = grouped(within(asked.start, asked.end), asked, first)
  const before = previousOf(asked, (start, end) => grouped(within(start, end), asked, first))
  return groups
    .toSorted((one, other) => one.order - other.order || compareGroups(one, other, asked))
    .map((group) => ({
      time: asked.granularity === undefined ? undefined : group.bucket,
      dimensions: Object.fromEntries(asked.groupBy.map((name, index) => [name, group.dimensions[index] ?? ''])),
      metrics: metricsOf(group.events),
      previous: asked.previousStart === undefined ? undefined : metricsOf(before(group)),
    }))
}

/** The groups that a limit leaves, in JSON; undefined for all. */
function firstGroups(events: readonly UsageEvent[], asked: Question): ReadonlySet<string> | undefined {
  if (asked.limit === undefined || asked.groupBy.length === 0) return undefined
  const total = { ...asked, granularity: undefined }
  const groups = grouped(events, total, undefined).toSorted((one, other) => compareGroups(one, other, total))
  return new Set(groups.slice(0, asked.limit).map(({ dimensions }) => JSON.stringify(dimensions)))
}

function grouped(events: readonly UsageEvent[], asked: Question, first: ReadonlySet<string> | undefined): Group[] {
  const groups = new Map<string, Group>()
  for (const event of events) {
    const bucket = bucketOf(event.time, asked)
    const own = asked.groupBy.map((name) => dimensionOf(event, name))
    const isOther = first !== undefined && !first.has(JSON.stringify(own))
    if (isOther && !asked.other) continue
    const dimensions = isOther ? own.map(() => '(other)') : own
    const key = JSON.stringify([bucket, isOther, dimensions])
    const order = asked.granularity === undefined ? 0 : firstBucketOf(event.time, asked)
    const group = groups.get(key) ?? { bucket, order, dimensions, isOther, events: [] }
    group.events.push(event)
    groups.set(key, group)
  }
  // Dates can come in two pieces, of which the first one says where they stand.
  const orders = new Map<string, number>()
  for (const { bucket, order } of groups.values()) orders.set(bucket, Math.min(order, orders.get(bucket) ?? order))
  return [...groups.values()].map((group) => ({ ...group, order: orders.get(group.bucket) ?? 0 }))
}

function previousOf(
  asked: Question,
  groupsIn: (start: number, end: number) => Group[],
): (group: Group) => UsageEvent[] {
  if (asked.previousStart === undefined) return () => []
  const own = bucketsIn(asked.start, asked.end, asked)
  const before = bucketsIn(asked.previousStart, asked.start, asked)
  const groups = groupsIn(asked.previousStart, asked.start)
  return ({ bucket, dimensions, isOther }) => {
    const index = asked.granularity === undefined ? 0 : own.indexOf(bucket)
    const found = groups.find((group) => {
      const isSame = group.isOther === isOther && JSON.stringify(group.dimensions) === JSON.stringify(dimensions)
      return isSame && (asked.granularity === undefined || group.bucket === before[index])
    })
    return found?.events ?? []
  }
}

/** The buckets of an interval one after the other. */
function bucketsIn(start: number, end: number, asked: Question): readonly string[] {
  if (asked.granularity === undefined) return ['']
  const step = asked.granularity === 'Minute' ? MINUTE_MS : QUARTER_MS
  const buckets = new Set<string>()
  for (let at = start; at < end; at = Math.floor(at / step) * step + step) buckets.add(bucketOf(at, asked))
  return [...buckets]
}

function bucketOf(time: number, { granularity, timeZone }: Question): string {
  if (granularity === undefined) return ''
  const local = localOf(firstBucketOf(time, { granularity }), timeZone)
  return keyOfTime(granularity === 'Week' ? mondayOf(local) : local, granularity)
}

/** A bucket belongs wholly to the local period of its first instant (decisions.md 10). */
function firstBucketOf(time: number, { granularity }: Pick<Question, 'granularity'>): number {
  const step = granularity === 'Minute' ? MINUTE_MS : QUARTER_MS
  return Math.floor(time / step) * step
}

/** What tells a bucket of RFC 3339 time from the others: as much of it as its granularity is long, with the offset. */
export function keyOfTime(time: string, granularity: Granularity): string {
  if (granularity === 'Month') return time.slice(0, 'yyyy-MM'.length)
  if (granularity === 'Day' || granularity === 'Week') return time.slice(0, 'yyyy-MM-dd'.length)
  const offset = /(?:Z|[+-]\d\d:\d\d)$/.exec(time)?.[0] ?? ''
  const clock = time.slice(0, granularity === 'Hour' ? 'yyyy-MM-ddTHH'.length : 'yyyy-MM-ddTHH:mm'.length)
  return `${clock} ${offset === 'Z' ? '+00:00' : offset}`
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** RFC 3339 by Intl. */
function localOf(time: number, timeZone: string): string {
  let format = formats.get(timeZone)
  if (format === undefined) {
    const digits = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const
    format = new Intl.DateTimeFormat('en', { timeZone, ...digits, hourCycle: 'h23', timeZoneName: 'longOffset' })
    formats.set(timeZone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]))
  const offset = parts.timeZoneName === 'GMT' ? '+00:00' : (parts.timeZoneName?.slice('GMT'.length) ?? '')
  const clock = `${parts.hour}:${String(Math.floor(Number(parts.minute))).padStart(2, '0')}`
  return `${parts.year}-${parts.month}-${parts.day}T${clock}:00${offset}`
}

function mondayOf(local: string): string {
  const date = new Date(`${local.slice(0, 10)}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7))
  return date.toISOString()
}

function compareGroups(one: Group, other: Group, asked: Question): number {
  if (one.isOther !== other.isOther) return one.isOther ? 1 : -1
  const sortBy = asked.sortBy.length > 0 || asked.limit === undefined ? asked.sortBy : MOST_REQUESTS
  for (const { fieldName, order } of sortBy) {
    const index = asked.groupBy.indexOf(fieldName as Dimension)
    const sign = order === 'Asc' ? 1 : -1
    if (index >= 0) {
      const compared = byCodePoint(one.dimensions[index] ?? '', other.dimensions[index] ?? '') * sign
      if (compared !== 0) return compared
      continue
    }
    const [a = null, b = null] = [metricsOf(one.events)[fieldName], metricsOf(other.events)[fieldName]]
    if (a === b) continue
    if (a === null || b === null) return a === null ? 1 : -1
    return (a - b) * sign
  }
  return byCodePoints(one.dimensions, other.dimensions)
}

const MOST_REQUESTS: Question['sortBy'] = [{ fieldName: 'requests', order: 'Desc' }]

function byCodePoints(one: readonly string[], other: readonly string[]): number {
  for (const [index, text] of one.entries()) {
    const compared = byCodePoint(text, other[index] ?? '')
    if (compared !== 0) return compared
  }
  return 0
}

function byCodePoint(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

function dimensionOf(event: UsageEvent, dimension: Dimension): string {
  return dimension === 'statusClass' ? `${String(event.status).charAt(0)}xx` : event[dimension]
}

function metricsOf(events: readonly UsageEvent[]): Record<string, number | null> {
  const requests = events.length
  const inClass = (digit: number) => events.filter(({ status }) => Math.floor(status / 100) === digit).length
  const limited = events.filter(({ status }) => status === 429).length
  const share = (calls: number) => (requests === 0 ? null : calls / requests)
  const durations = told(events.map(({ durationMicros }) => durationMicros)).toSorted((a, b) => a - b)
  const total = durations.reduce((sum, micros) => sum + micros, 0)
  const rank = (fraction: number) => {
    const micros = durations[Math.max(1, Math.ceil(fraction * durations.length)) - 1]
    return micros === undefined ? null : micros / 1000
  }
  return {
    requests,
    status200: inClass(2),
    status300: inClass(3),
    status400: inClass(4),
    status500: inClass(5),
    status429: limited,
    errorRate: share(inClass(4) + inClass(5)),
    serverErrorRate: share(inClass(5)),
    rateLimitedRate: share(limited),
    requestBytes: sumOf(told(events.map((event) => event.requestBytes))),
    responseBytes: sumOf(told(events.map((event) => event.responseBytes))),
    durationAvg: durations.length === 0 ? null : total / durations.length / 1000,
    durationP50: rank(0.5),
    durationP95: rank(0.95),
    durationP99: rank(0.99),
    durationMax: rank(1),
  }
}

function told(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined)
}

function sumOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)
}
