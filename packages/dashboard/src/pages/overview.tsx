import type { UsageMeasure, UsageTable, UsageTableRow } from '@routemeter/client'
import { api } from '../api.ts'
import { linesOf, stepOf } from '../charts/periods.ts'
import { TimeChart } from '../charts/time-chart.tsx'
import { Empty } from '../components/empty.tsx'
import { Problem } from '../components/problem.tsx'
import { Stat } from '../components/stat.tsx'
import { ago, change, dateAndTime, metric } from '../format.ts'
import type { PageProps } from '../page.ts'
import { baseQuery, instant, type Period } from '../range.ts'
import { useAnswer } from '../use-answer.ts'
import { formatView, goTo, type View } from '../view.ts'
import { TopGroups } from './top-groups.tsx'

interface Tile {
  readonly metric: UsageMeasure
  readonly label: string
  readonly isBad: boolean
}

const TILES: readonly Tile[] = [
  { metric: 'requests', label: 'Requests', isBad: false },
  { metric: 'errorRate', label: 'Error rate', isBad: true },
  { metric: 'status429', label: 'Rate limited (429)', isBad: true },
  { metric: 'durationP95', label: 'Response time, p95', isBad: true },
]

/** Now against the period before, and who and what is behind it. */
export function OverviewPage({ view }: PageProps) {
  const { value, error, isLoading, reload } = useAnswer(formatView(view), (signal) => askFor(view, signal), 15_000)
  if (value === undefined)
    return error === undefined ? <p class="fine">Counting …</p> : <Problem error={error} onRetry={reload} />
  const { now, overTime, granularity } = value
  const row = now.rows[0]
  if (row === undefined || !row.requests) return <Empty view={view} />
  return (
    <div aria-busy={isLoading}>
      <Problem error={error} onRetry={reload} />
      <Tiles view={view} row={row} overTime={overTime.rows} />
      <OverTime view={view} rows={overTime.rows} granularity={granularity} />
      <div class="columns">
        <TopGroups view={view} of="limited" />
        <TopGroups view={view} of="clients" />
        <TopGroups view={view} of="routes" />
      </div>
      <Freshness view={view} {...now} />
    </div>
  )
}

async function askFor(view: View, signal: AbortSignal) {
  const { granularity, ...base } = baseQuery(view, Date.now())
  // Percentiles are not kept by user, nor by class of status (decisions.md 12).
  const isKept = view.filters.userId === undefined && view.filters.statusClass === undefined
  const metrics = TILES.map((tile) => tile.metric).filter((name) => isKept || name !== 'durationP95')
  const [now, overTime] = await Promise.all([
    api.usage.queryNow({ ...base, metrics, compare: 'previous' }, { signal }),
    api.usage.queryNow({ ...base, granularity, metrics: [...metrics, 'status400', 'status500'] }, { signal }),
  ])
  return { now, overTime, granularity }
}

function Tiles({ row, overTime }: { view: View; row: UsageTableRow; overTime: readonly UsageTableRow[] }) {
  const asked = TILES.filter((tile) => row[tile.metric] !== undefined)
  return (
    <dl class="stats">
      {asked.map(({ metric: name, label, isBad }) => (
        <Stat
          key={name}
          label={label}
          value={metric(name, row[name])}
          change={change(row[name], row.previous?.[name])}
          isBad={isBad}
          points={overTime.map((period) => period[name] ?? 0)}
        />
      ))}
    </dl>
  )
}

function OverTime(props: { view: View; rows: readonly UsageTableRow[]; granularity: Period['granularity'] }) {
  const { view, rows, granularity } = props
  const lines = linesOf(rows, () => '', stepOf(granularity))
  const zoom = (start: number, end: number) => goTo({ ...view, range: `${instant(start)}/${instant(end)}` })
  const series = [
    { label: 'Requests', values: lines.values('', ({ requests }) => requests), color: '--series-1' },
    { label: '4xx', values: lines.values('', ({ status400 }) => status400), color: '--series-2' },
    { label: '429', values: lines.values('', ({ status429 }) => status429), color: '--series-3' },
    { label: '5xx', values: lines.values('', ({ status500 }) => status500), color: '--series-4' },
  ]
  return (
    <TimeChart
      label="Requests and errors over time"
      times={lines.times}
      series={series}
      zone={view.zone}
      onZoom={zoom}
    />
  )
}

function Freshness({ view, meta }: { view: View } & UsageTable) {
  const newest = meta.freshnessMs === null ? undefined : `the newest call is ${ago(meta.freshnessMs)} old`
  return (
    <p class="fine">
      Complete through {dateAndTime(meta.completeThrough, view.zone)}
      {newest !== undefined && `, ${newest}`}. Changes are against the period before. {view.zone}.
    </p>
  )
}
