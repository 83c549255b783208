import type { UsageBucket, UsageTableQuery } from '@routemeter/client'
import { filtersOf, type View } from './view.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Minutes are kept for seven days; a little less, so that a slow request is still in time. */
const MINUTES_KEPT = 6.9 * DAY

export const PRESETS: Readonly<Record<string, { readonly label: string; readonly length: number }>> = {
  '1h': { label: 'Last hour', length: HOUR },
  '6h': { label: 'Last 6 hours', length: 6 * HOUR },
  '24h': { label: 'Last 24 hours', length: DAY },
  '7d': { label: 'Last 7 days', length: 7 * DAY },
  '30d': { label: 'Last 30 days', length: 30 * DAY },
  '90d': { label: 'Last 90 days', length: 90 * DAY },
  '1y': { label: 'Last 12 months', length: 365 * DAY },
}

export interface Period {
  readonly interval: string
  readonly granularity: UsageBucket
}

/** What a range means at this moment, with as fine a granularity as a chart can show. */
export function periodOf({ range, zone }: Pick<View, 'range' | 'zone'>, now: number): Period {
  const preset = PRESETS[range]
  if (preset === undefined) return customPeriod(range, now)
  const granularity = granularityOf(preset.length, now - preset.length, now)
  const step = STEPS[granularity]
  if (step < DAY) {
    const start = Math.floor((now - preset.length) / step) * step + step
    return { interval: `${instant(start)}/${instant(now)}`, granularity }
  }
  // Whole days, by the zone's calendar.
  const start = localTime(now - preset.length + DAY, zone).slice(0, 10)
  return { interval: `${start}T00:00:00/${localTime(now, zone)}`, granularity }
}

function customPeriod(range: string, now: number): Period {
  const [from, to] = range.split('/').map(roughly)
  if (from === undefined || to === undefined || Number.isNaN(from)) return { interval: range, granularity: 'Day' }
  const end = Number.isNaN(to) ? from + DAY : to
  return { interval: range, granularity: granularityOf(end - from, from, now) }
}

/** Milliseconds; a time without a zone is off by its offset, which no choice of a granularity notices. */
function roughly(time: string): number {
  return Date.parse(/T.*(?:Z|[+-]\d\d:\d\d)$/.test(time) || !time.includes('T') ? time : `${time}Z`)
}

const STEPS: Readonly<Record<UsageBucket, number>> = {
  Minute: MINUTE,
  Minute15: 15 * MINUTE,
  Hour: HOUR,
  Day: DAY,
  Week: 7 * DAY,
  Month: 30 * DAY,
}

function granularityOf(length: number, start: number, now: number): UsageBucket {
  if (length <= 3 * HOUR && now - start < MINUTES_KEPT) return 'Minute'
  if (length <= 36 * HOUR) return 'Minute15'
  if (length <= 8 * DAY) return 'Hour'
  return length <= 400 * DAY ? 'Day' : 'Month'
}

export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+/, '')
}

/** `2026-11-24T09:30:00` as clocks in the zone show it. */
export function localTime(milliseconds: number, zone: string): string {
  const parts = { dateStyle: 'short', timeStyle: 'medium', timeZone: zone } as const
  return new Intl.DateTimeFormat('sv-SE', parts).format(milliseconds).replace(' ', 'T')
}

/** The view's part of every query. */
export function baseQuery(view: View, now: number): UsageTableQuery & Period {
  return { ...periodOf(view, now), timeZone: view.zone, filters: filtersOf(view.filters) }
}

export function rangeLabel(range: string): string {
  return (
    PRESETS[range]?.label ??
    range
      .replace('/', ' – ')
      .replaceAll('T', ' ')
      .replaceAll(/:00(?=Z|$| )/g, '')
  )
}
