import { DAY_MS, floorTo, MINUTE_MS, QUARTER_MS } from '../../domain/bucket.ts'
import { type Draft, lines } from './select-draft.ts'
import { bigint, bigints, integer } from './sql.ts'

const DAY_MINUTES = DAY_MS / MINUTE_MS
const QUARTER_MINUTES = QUARTER_MS / MINUTE_MS

const stepOf = ({ tier }: Draft) => (tier === 'day' ? DAY_MINUTES : QUARTER_MINUTES)

/**
 * Which period each quarter of an hour, or day, of the interval is in. Made once for each query and then joined by
 * equality: asking for the zone's period row by row costs some eight times as much. A minute is in the period of its
 * quarter, so that an answer is the same before and after minutes have aged (decisions.md 10).
 */
export function periodTable(draft: Draft): readonly string[] {
  const { periods, values } = draft
  if (periods.kind !== 'list') return []
  const step = stepOf(draft)
  values.firstBucket = integer(floorTo(periods.within.start / MINUTE_MS, step))
  values.lastBucket = integer(Math.ceil(periods.within.end / MINUTE_MS))
  values.firstInstant = bigint(periods.within.start)
  values.periodFrom = bigints(periods.list.map(({ from }) => from))
  values.periodStart = bigints(periods.list.map(({ start }) => start))
  values.periodLast = bigints(periods.list.map(({ last }) => last))
  values.periodStep = bigints(periods.list.map(({ step }) => step))
  const text = lines(
    'SELECT bucket, least(run.start + (instant - run.start) // run.step * run.step, run.last) AS start',
    'FROM (',
    `  SELECT bucket::INTEGER AS bucket, greatest(bucket * ${MINUTE_MS}, $firstInstant) AS instant`,
    `  FROM range($firstBucket, $lastBucket, ${step}) AS each(bucket)`,
    ')',
    'ASOF JOIN (',
    '  SELECT unnest($periodFrom) AS "from", unnest($periodStart) AS start,',
    '    unnest($periodStep) AS step, unnest($periodLast) AS last',
    ') AS run ON instant >= run."from"',
  )
  return [`period AS MATERIALIZED (${text}\n)`]
}

/** The column `time` that rows are grouped by: a grid's in minutes, because a small number is quicker to group by. */
export function periodSql({ periods, values }: Draft): readonly string[] {
  if (periods.kind === 'none') return []
  if (periods.kind === 'list') return ['period.start AS "time"']
  const size = periods.size / MINUTE_MS
  const phase = periods.phase / MINUTE_MS
  values.size = integer(size)
  if (phase === 0) return ['bucket - bucket % $size AS "time"']
  // Never a negative dividend: the remainder would be negative too.
  values.phase = integer(phase)
  return ['bucket - (bucket - $phase + $size) % $size AS "time"']
}

/** The column `time` of groups: the first instant of their period, milliseconds. */
export function instantSql({ periods }: Draft): string {
  return periods.kind === 'grid' ? `"time"::BIGINT * ${MINUTE_MS} AS "time"` : '"time"'
}

export function periodJoin(draft: Draft, rollup: string): readonly string[] {
  if (draft.periods.kind !== 'list') return []
  return [`JOIN period ON period.bucket = ${rollup}.bucket - ${rollup}.bucket % ${stepOf(draft)}`]
}
