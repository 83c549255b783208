import { METRICS, type Metric } from '../../domain/catalogue.ts'
import { columnsOf, type Granularity, previousColumn, type UsageQuery } from '../../domain/usage-query.ts'
import type { UsageRow } from '../kept-rows.ts'

/** What an answer says of itself (api.md §4). Instants are RFC 3339 with the zone's offset. */
export interface UsageMeta {
  /** `start/end` after it was moved out to whole buckets; the end is exclusive. */
  readonly interval: string
  /** The interval before, with `compare`. */
  readonly previousInterval?: string
  readonly timeZone: string
  readonly granularity: Granularity | null
  /** When the snapshot was taken: every event that was acknowledged before is in it. */
  readonly completeThrough: string
  /** The snapshot's time less the newest counted event's; null without any event. */
  readonly freshnessMs: number | null
  /** True when there were more rows than are answered. */
  readonly truncated: boolean
  /** How many groups were asked for; null for all. */
  readonly limit: number | null
  readonly rowsScanned: number
  readonly tookMs: number
}

/** The answer to a usage query, on its way into a response. */
export interface UsageTable {
  readonly query: UsageQuery
  /** Values in the order of `columnsOf(query)`. */
  readonly rows: AsyncIterable<readonly UsageRow[]>
  /** To be called when the rows are read to the end. */
  readonly meta: () => UsageMeta
}

/** Words the answer to a usage query in one format. To add one: write its file, list it in http/v1/usage-formats.ts. */
export interface TablePresenter {
  readonly contentType: string
  /** The response in pieces, made as the rows are read. */
  present(table: UsageTable): AsyncIterable<string | Uint8Array>
}

/** A column of an answer in a file. */
export interface TableColumn {
  readonly name: string
  readonly kind: 'instant' | 'text' | 'integer' | 'fraction'
}

/** In the order of `columnsOf(query)`. */
export function tableColumns(query: UsageQuery): readonly TableColumn[] {
  const metrics = query.metrics.map((name): TableColumn => ({ name, kind: kindOf(name) }))
  const before = query.metrics.map((name): TableColumn => ({ name: previousColumn(name), kind: kindOf(name) }))
  const named = new Map([...metrics, ...before].map((column) => [column.name, column]))
  return columnsOf(query).map((name) => named.get(name) ?? { name, kind: name === 'time' ? 'instant' : 'text' })
}

function kindOf(metric: Metric): TableColumn['kind'] {
  const { unit } = METRICS[metric]
  return unit === 'calls' || unit === 'bytes' ? 'integer' : 'fraction'
}
