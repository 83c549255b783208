import type { Dimension } from '../../domain/catalogue.ts'
import type { CountedCalls } from '../../store/usage-store.ts'

/** What somebody who watches wants to be told. */
export interface LiveQuery {
  readonly organizationId: string
  readonly groupBy: readonly Dimension[]
  /** A call passes when for every dimension named here its value is one of these. */
  readonly filters: Readonly<Partial<Record<Dimension, readonly string[]>>>
}

/** New calls of one group: its dimensions, and the platform's six counts. */
export type LiveRow = Readonly<Partial<Record<Dimension, string>>> & LiveCounts

export interface LiveCounts {
  readonly requests: number
  readonly status200: number
  readonly status300: number
  readonly status400: number
  readonly status500: number
  /** A part of status400. */
  readonly status429: number
}

const TOO_MANY_REQUESTS = 429

/**
 * Counted calls as a query would group and filter them; groups without calls are not there.
 * @param clientNames registered names by client id, which go before the names that events gave.
 */
export function liveRows(
  { organizationId, groupBy, filters }: LiveQuery,
  calls: Iterable<CountedCalls>,
  clientNames: ReadonlyMap<string, string>,
): readonly LiveRow[] {
  const textOf = (counted: CountedCalls, dimension: Dimension): string => {
    if (dimension === 'organizationId') return organizationId
    if (dimension === 'statusClass') return `${Math.floor(counted.status / 100)}xx`
    if (dimension === 'clientName') return clientNames.get(counted.clientId) ?? counted.clientName
    return counted[dimension]
  }
  const wanted = Object.entries(filters).map(([name, values]) => [name as Dimension, new Set(values)] as const)
  const groups = new Map<
    string,
    Partial<Record<Dimension, string>> & { -readonly [Count in keyof LiveCounts]: number }
  >()
  for (const counted of calls) {
    if (!wanted.every(([dimension, values]) => values.has(textOf(counted, dimension)))) continue
    const values = groupBy.map((dimension) => textOf(counted, dimension))
    const key = JSON.stringify(values)
    let row = groups.get(key)
    if (row === undefined) {
      row = { ...Object.fromEntries(groupBy.map((dimension, at) => [dimension, values[at]])), ...NOTHING }
      groups.set(key, row)
    }
    row.requests += counted.calls
    const column = COUNT_OF[Math.floor(counted.status / 100)]
    if (column !== undefined) row[column] += counted.calls
    if (counted.status === TOO_MANY_REQUESTS) row.status429 += counted.calls
  }
  return [...groups.values()]
}

const NOTHING: LiveCounts = { requests: 0, status200: 0, status300: 0, status400: 0, status500: 0, status429: 0 }

const COUNT_OF: Readonly<Record<number, Exclude<keyof LiveCounts, 'requests' | 'status429'>>> = {
  2: 'status200',
  3: 'status300',
  4: 'status400',
  5: 'status500',
}
