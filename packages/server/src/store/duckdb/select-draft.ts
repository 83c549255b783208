import type { Counter, Metric } from '../../domain/catalogue.ts'
import type { UsageQuery } from '../../domain/usage-query.ts'
import type { Periods, Tier } from './query-plan.ts'
import type { SqlValue } from './sql.ts'

/** All that the statement of a usage query is made of. */
export interface UsageSelect {
  /** Never empty. */
  readonly organizations: readonly Tenant[]
  readonly query: UsageQuery
  readonly periods: Periods
  readonly tier: Tier
  /** Registered names, which go before the names that events gave. */
  readonly names: readonly NamedClient[]
}

export interface Tenant {
  readonly id: number
  readonly organizationId: string
}

/** A select whose values are being collected, by the names that its text uses. */
export interface Draft extends UsageSelect {
  readonly values: Record<string, SqlValue>
  readonly metrics: readonly Metric[]
  readonly counters: readonly Counter[]
  /** What rows are grouped by first: ids, because they are quick. */
  readonly ids: readonly string[]
  /** What the answer is grouped by. */
  readonly keys: readonly string[]
  /** Different ids may stand for one text, so groups are put together again by the text. */
  readonly regroups: boolean
  /** The tables that the answer is made of: the counters of its groups, and the slots of its percentiles. */
  readonly totals: string
  readonly slots: string
}

/** A registered client's name in one organization. */
export interface NamedClient {
  /** The organization's number. */
  readonly organization: number
  readonly clientId: string
  readonly name: string
}

export const quoted = (name: string) => `"${name}"`

/** Text below a WITH or in brackets, indented. */
export function lines(...text: readonly string[]): string {
  return text.map((line) => `\n  ${line}`).join('')
}
