import type { UsageMeasure } from '@routemeter/client'

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const PERCENT = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })
const WHOLE_PERCENT = new Intl.NumberFormat('en', {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
})

export type Value = number | null | undefined

const NOTHING = '–'

export function count(value: Value): string {
  return value === null || value === undefined ? NOTHING : COUNT.format(value)
}

export function short(value: Value): string {
  return value === null || value === undefined ? NOTHING : SHORT.format(value)
}

export function percent(value: Value): string {
  return value === null || value === undefined ? NOTHING : PERCENT.format(value)
}

/** Milliseconds, with three digits that mean something. */
function duration(value: Value): string {
  if (value === null || value === undefined) return NOTHING
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`
  return `${value >= 100 ? Math.round(value) : value.toFixed(1)} ms`
}

export function metric(name: UsageMeasure, value: Value): string {
  if (name.endsWith('Rate')) return percent(value)
  return name.startsWith('duration') ? duration(value) : count(value)
}

/** How much it changed, such as +12%; "new" where there was nothing before. */
export function change(now: Value, before: Value): string | undefined {
  if (typeof now !== 'number' || typeof before !== 'number') return undefined
  if (before === 0) return now === 0 ? undefined : 'new'
  return WHOLE_PERCENT.format(now / before - 1)
}

export function clock(time: string | number, zone: string): string {
  const parts = { hour: '2-digit', minute: '2-digit', timeZone: zone, hourCycle: 'h23' } as const
  return new Intl.DateTimeFormat('en', parts).format(new Date(time))
}

export function dateAndTime(time: string | number, zone: string): string {
  const parts = { dateStyle: 'medium', timeStyle: 'short', timeZone: zone, hourCycle: 'h23' } as const
  return new Intl.DateTimeFormat('en-GB', parts).format(new Date(time))
}

export function ago(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 90) return `${seconds} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return seconds < 129_600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
}
