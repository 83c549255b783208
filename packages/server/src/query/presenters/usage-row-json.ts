import { formatInstant } from '../../domain/periods.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import type { UsageValue } from '../../store/usage-store.ts'
import type { UsageRow } from '../kept-rows.ts'

/**
 * Writes a row as a JSON object: time, dimensions and metrics in the order in which they were asked for, then
 * `previous` with the metrics of the interval before.
 */
export function rowWriter(query: UsageQuery): (row: UsageRow) => string {
  const instant = instantWriter(query.timeZone)
  const time = query.granularity === undefined ? [] : [{ key: 'time', write: instant }]
  const dimensions = query.groupBy.map((key) => ({ key, write: asText }))
  const metrics = query.metrics.map((key) => ({ key, write: asNumber }))
  const cells = [...time, ...dimensions, ...metrics].map(({ key, write }, index) => {
    return { before: `${index === 0 ? '' : ','}"${key}":`, write }
  })
  const own = cells.length
  return (row) => {
    let text = '{'
    for (const [index, { before, write }] of cells.entries()) text += before + write(row[index])
    if (query.previous === undefined) return `${text}}`
    const earlier = query.metrics.map((key, index) => `"${key}":${asNumber(row[own + index])}`)
    return `${text},"previous":{${earlier.join(',')}}}`
  }
}

/** Rows of one period come one after the other, and the clock of a zone takes a while to work out. */
function instantWriter(timeZone: string): (value: UsageValue | undefined) => string {
  let last: UsageValue | undefined
  let written = ''
  return (value) => {
    if (value !== last) written = `"${formatInstant(Number(value), timeZone)}"`
    last = value
    return written
  }
}

function asText(value: UsageValue | undefined): string {
  return JSON.stringify(String(value ?? ''))
}

/** Sums past 2^53 are written with all their digits. */
function asNumber(value: UsageValue | undefined): string {
  return String(value ?? null)
}
