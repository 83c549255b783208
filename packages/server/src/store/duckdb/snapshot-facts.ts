import { type UsageQuery, wholeSpan } from '../../domain/usage-query.ts'
import type { SnapshotFacts } from '../usage-store.ts'
import type { Tier } from './query-plan.ts'
import type { Reader } from './reader.ts'
import type { Tenant } from './select-draft.ts'
import { integer, integers } from './sql.ts'
import { bucketAt } from './usage-select.ts'

/** What the reader's snapshot says of these organizations beside the answer itself. */
export async function factsOf(
  reader: Reader,
  organizations: readonly Tenant[],
  query: UsageQuery,
  tier: Tier,
): Promise<SnapshotFacts> {
  const mine = 'organization IN (SELECT unnest($organizations))'
  const rows = `${mine} AND bucket >= $start AND bucket < $end`
  const { start, end } = wholeSpan(query)
  const found = await reader.rows(
    `SELECT
      (SELECT max(event_time) FROM organization_newest WHERE ${mine}),
      (SELECT count(*) FROM usage_${tier} WHERE ${rows}) + (SELECT count(*) FROM usage_delta WHERE ${rows})`,
    {
      organizations: integers(organizations.map(({ id }) => id)),
      start: integer(bucketAt(start)),
      end: integer(bucketAt(end)),
    },
  )
  const [newest, rowsScanned] = found[0] ?? []
  return { newestEvent: newest == null ? undefined : Number(newest), rowsScanned: Number(rowsScanned ?? 0) }
}
