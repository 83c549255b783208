import type { UsageDimension, UsageMeasure, UsageTableQuery, UsageTableRow } from '@routemeter/client'
import { api } from '../api.ts'
import { type Lines, linesOf, stepOf } from '../charts/periods.ts'
import { TimeChart } from '../charts/time-chart.tsx'
import { Downloads } from '../components/downloads.tsx'
import { Empty } from '../components/empty.tsx'
import { Problem } from '../components/problem.tsx'
import { baseQuery, instant } from '../range.ts'
import { useAnswer } from '../use-answer.ts'
import { formatView, goTo, type View } from '../view.ts'
import type { BreakdownKind } from './breakdown-kind.ts'
import { BreakdownTable } from './breakdown-table.tsx'
import { nameOf } from './group-name.ts'

const MOST_GROUPS = 1_000
const MOST_LINES = 30
const CHARTED = 6
const OTHER = '(other)'

/** Percentiles are not kept by user, nor by class of status (decisions.md 12). */
function metricsOf(view: View, groupBy: readonly UsageDimension[]): readonly UsageMeasure[] {
  const isByUser = groupBy.includes('userId') || view.filters.userId !== undefined
  const hasPercentiles = !isByUser && view.filters.statusClass === undefined
  return ['requests', 'errorRate', 'status429', ...(hasPercentiles ? (['durationP95'] as const) : [])]
}

/** What is counted, by one dimension: a chart over time, and a table of all groups. */
export function Breakdown({ view, of }: { view: View; of: BreakdownKind }) {
  const key = formatView(view)
  const { value, error, isLoading, reload } = useAnswer(key, (signal) => askFor(view, of, signal), 60_000)
  const zoom = (start: number, end: number) => goTo({ ...view, range: `${instant(start)}/${instant(end)}` })
  if (value === undefined)
    return error === undefined ? <p class="fine">Counting …</p> : <Problem error={error} onRetry={reload} />
  if (value.rows.length === 0) return <Empty view={view} />
  const { rows, lines, total, query } = value
  return (
    <div aria-busy={isLoading}>
      <Problem error={error} onRetry={reload} />
      <TimeChart
        label={`Requests over time of the ${of.noun.toLowerCase()}s with the most`}
        times={lines.times}
        series={seriesOf(lines, rows, of)}
        zone={view.zone}
        onZoom={zoom}
      />
      <BreakdownTable
        {...{ view, of, rows, lines, total }}
        actions={<Downloads query={query} name={`${view.page}-${view.range.replaceAll(/[/:]/g, '-')}`} />}
      />
    </div>
  )
}

interface BreakdownAnswer {
  readonly rows: readonly UsageTableRow[]
  readonly lines: Lines
  readonly total: number
  /** For files: without a limit. */
  readonly query: UsageTableQuery
}

async function askFor(view: View, { groupBy, filter }: BreakdownKind, signal: AbortSignal): Promise<BreakdownAnswer> {
  const { granularity, ...base } = baseQuery(view, Date.now())
  const query = { ...base, groupBy, metrics: metricsOf(view, groupBy) }
  const overTime = { ...base, granularity, groupBy, metrics: ['requests'], limit: MOST_LINES, other: true } as const
  const [table, chart] = await Promise.all([
    api.usage.queryNow({ ...query, limit: MOST_GROUPS, other: true }, { signal }),
    api.usage.queryNow(overTime, { signal }),
  ])
  const total = table.rows.reduce((sum, { requests }) => sum + (requests ?? 0), 0)
  return { rows: table.rows, lines: linesOf(chart.rows, (row) => row[filter] ?? '', stepOf(granularity)), total, query }
}

function seriesOf(lines: Lines, rows: readonly UsageTableRow[], { filter }: BreakdownKind) {
  const first = rows.filter((row) => row[filter] !== OTHER).slice(0, CHARTED)
  const requests = (group: string) => lines.values(group, (row) => row.requests)
  const charted = first.map((row) => ({ label: nameOf(row, filter), values: requests(row[filter] ?? '') }))
  const rest = [...lines.byGroup.keys()].filter((group) => !first.some((row) => row[filter] === group))
  if (rest.length === 0) return charted
  const others = rest.map(requests)
  const values = lines.times.map((_, place) => others.reduce((sum, each) => sum + (each[place] ?? 0), 0))
  return [...charted, { label: 'All others', values, color: '--muted' }]
}
