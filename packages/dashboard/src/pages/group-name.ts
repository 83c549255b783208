import type { UsageDimension, UsageTableRow } from '@routemeter/client'

/** A client by its name, everything by something. */
export function nameOf(row: UsageTableRow, dimension: UsageDimension): string {
  const name = dimension === 'clientId' ? row.clientName : undefined
  return name || row[dimension] || '(none)'
}
