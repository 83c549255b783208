import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A row of the platform's own answer for February 2020 (the seed's real payload). */
export interface PlatformRow {
  readonly clientId: string
  readonly clientName: string
  readonly organizationId: string
  readonly userId: string
  readonly templateUri: string
  readonly httpMethod: string
  readonly status200: number
  readonly status300: number
  readonly status400: number
  readonly status500: number
  readonly status429: number
  readonly requests: number
  readonly date: string
}

const path = join(import.meta.dirname, '../packages/server/src/demo/feb2020.json')
export const FEBRUARY_2020 = (JSON.parse(readFileSync(path, 'utf8')) as { results: readonly PlatformRow[] }).results

/** The 1,130 single calls that the 128 rows are made of, spread over their days; each with an id, in no special order. */
export function februaryEvents(): readonly object[] {
  const events = FEBRUARY_2020.flatMap((row) =>
    (['status200', 'status300', 'status400', 'status500'] as const).flatMap((counter) =>
      Array.from({ length: row[counter] }, (_, index) => ({
        id: `${row.clientId}|${row.templateUri}|${counter}|${index}`,
        time: Date.parse(row.date) + ((index * 7_919 + row.templateUri.length * 104_729) % 86_400) * 1000,
        clientId: row.clientId,
        clientName: row.clientName,
        method: index % 3 === 0 ? 'POST' : 'GET',
        templateUri: `/${row.templateUri}`,
        status: Number(counter.slice(6)) + (index % 2),
      })),
    ),
  )
  return events.toSorted((a, b) => (a.time % 977) - (b.time % 977))
}

export const byKey = (a: PlatformRow, b: PlatformRow) => (keyOf(a) < keyOf(b) ? -1 : 1)
const keyOf = (row: PlatformRow) => `${row.date} ${row.clientId} ${row.templateUri}`
