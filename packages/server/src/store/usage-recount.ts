import type { Dimension } from '../domain/catalogue.ts'
import type { UsageEvent } from '../domain/usage-event.ts'
import type { Granularity, UsageQuery } from '../domain/usage-query.ts'

/**
 * For the contract suite: answers a usage query by going through the raw events one by one, in the plainest way and with
 * nothing of the product's own code but its types. Buckets are quarter hours (older than the minutes that are kept).
 */
export type Recounted = ReadonlyMap<string, Readonly<Record<string, number | null>>>

const QUARTER_MS = 900_000

export function recount(
  events: readonly UsageEvent[],
  organizationIds: readonly string[],
  query: UsageQuery,
): Recounted {
  const groups = new Map<string, UsageEvent[]>()
  for (const event of events) {
    if (!organizationIds.includes(event.organizationId)) continue
    const bucket = Math.floor(event.time / QUARTER_MS) * QUARTER_MS
    if (bucket < query.interval.start || bucket >= query.interval.end) continue
    const passes = Object.entries(query.filters).every(([name, values]) =>
      values.includes(dimensionOf(event, name as Dimension)),
    )
    if (!passes) continue
    const period = query.granularity === undefined ? [] : [periodLabel(bucket, query.granularity, query.timeZone)]
    const key = JSON.stringify([...period, ...query.groupBy.map((name) => dimensionOf(event, name))])
    groups.set(key, [...(groups.get(key) ?? []), event])
  }
  return new Map([...groups].map(([key, members]) => [key, metricsOf(members)]))
}

function dimensionOf(event: UsageEvent, dimension: Dimension): string {
  if (dimension === 'statusClass') return `${String(event.status).charAt(0)}xx`
  return event[dimension]
}

/** The local date (and hour) at the bucket's first instant, written by Intl. */
export function periodLabel(time: number, granularity: Granularity, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short', timeStyle: 'short', hour12: false })
  const text = parts.format(time)
  const [date = '', clock = ''] = text.split(', ')
  if (granularity === 'Day') return date
  if (granularity === 'Month') return date.slice(0, 7)
  if (granularity === 'Hour') return `${date} ${clock.slice(0, 2)} ${offsetAt(time, timeZone)}`
  const monday = new Date(`${date}T00:00:00Z`)
  monday.setUTCDate(monday.getUTCDate() - ((monday.getUTCDay() + 6) % 7))
  return monday.toISOString().slice(0, 10)
}

function offsetAt(time: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(time)
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
}

function metricsOf(events: readonly UsageEvent[]): Record<string, number | null> {
  const requests = callsOf(events)
  const inClass = (digit: number) => callsOf(events.filter((event) => Math.floor(event.status / 100) === digit))
  const limited = callsOf(events.filter((event) => event.status === 429))
  const durations = durationsOf(events)
  const timed = durations.reduce((sum, { calls }) => sum + calls, 0)
  const percentile = (fraction: number) => {
    let reached = 0
    for (const { micros, calls } of durations) {
      reached += calls
      if (reached >= Math.max(1, Math.ceil(fraction * timed))) return micros / 1000
    }
    return null
  }
  const totalMicros = durations.reduce((sum, { micros, calls }) => sum + micros * calls, 0)
  return {
    requests,
    status200: inClass(2),
    status300: inClass(3),
    status400: inClass(4),
    status500: inClass(5),
    status429: limited,
    errorRate: (inClass(4) + inClass(5)) / requests,
    serverErrorRate: inClass(5) / requests,
    rateLimitedRate: limited / requests,
    requestBytes: total(given(events.map((event) => event.requestBytes))),
    responseBytes: total(given(events.map((event) => event.responseBytes))),
    durationAvg: timed === 0 ? null : totalMicros / timed / 1000,
    durationP50: percentile(0.5),
    durationP95: percentile(0.95),
    durationP99: percentile(0.99),
    durationMax: percentile(1),
  }
}

function callsOf(events: readonly UsageEvent[]): number {
  return events.reduce((sum, event) => sum + (event.weight === undefined ? 1 : event.weight.calls), 0)
}

/** From the shortest to the longest. */
function durationsOf(events: readonly UsageEvent[]): { micros: number; calls: number }[] {
  const durations: { micros: number; calls: number }[] = []
  for (const { durationMicros, weight } of events) {
    if (weight !== undefined) durations.push(...weight.durations)
    else if (durationMicros !== undefined) durations.push({ micros: durationMicros, calls: 1 })
  }
  return durations.toSorted((a, b) => a.micros - b.micros)
}

function given(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined)
}

function total(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)
}
