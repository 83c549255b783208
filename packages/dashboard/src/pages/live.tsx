import type { LiveUsageRow } from '@routemeter/client'
import { useState } from 'preact/hooks'
import { TimeChart } from '../charts/time-chart.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { Problem } from '../components/problem.tsx'
import { Share } from '../components/share.tsx'
import { count } from '../format.ts'
import type { PageProps } from '../page.ts'
import { formatView, type View } from '../view.ts'
import { SECONDS_KEPT, type Second, useLive } from './use-live.ts'

/** What is counted at this moment: a second after its sender has the answer, at the latest. */
export function LivePage({ view }: PageProps) {
  const [isPaused, setPaused] = useState(false)
  const { seconds, isConnected, error } = useLive(view.filters, isPaused)
  const now = seconds.at(-1)?.at ?? Math.floor(Date.now() / 1000)
  const times = Array.from({ length: SECONDS_KEPT }, (_, place) => now - SECONDS_KEPT + 1 + place)
  const groups = summed(seconds)
  const total = groups.reduce((sum, { requests }) => sum + requests, 0)
  return (
    <div>
      <div class="toolbar">
        <span class={isConnected ? 'state live' : 'state'} role="status">
          {isConnected ? 'Live' : isPaused ? 'Paused' : 'Connecting …'}
        </span>
        <button type="button" class="plain" onClick={() => setPaused(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </button>
        <span class="fine">{count(total)} calls in the last minutes</span>
      </div>
      <Problem error={error} />
      <TimeChart label="Calls a second" times={times} series={seriesOf(seconds, times)} zone={view.zone} />
      <DataTable
        label="Calls in the last five minutes"
        rows={groups}
        columns={columnsOf(view, total)}
        keyOf={keyOf}
        textOf={(row) => `${row.clientName} ${row.clientId} ${row.templateUri}`}
        sortedBy="Calls"
      />
    </div>
  )
}

function keyOf({ clientId, templateUri }: LiveUsageRow): string {
  return `${clientId}\n${templateUri}`
}

function summed(seconds: readonly Second[]): readonly LiveUsageRow[] {
  const groups = Map.groupBy(
    seconds.flatMap(({ rows }) => rows),
    keyOf,
  )
  return [...groups.values()].flatMap((rows) => {
    const [first] = rows
    if (first === undefined) return []
    const sum = (name: 'requests' | 'status400' | 'status500' | 'status429') =>
      rows.reduce((all, row) => all + row[name], 0)
    return {
      ...first,
      requests: sum('requests'),
      status400: sum('status400'),
      status500: sum('status500'),
      status429: sum('status429'),
    }
  })
}

function seriesOf(seconds: readonly Second[], times: readonly number[]) {
  const bySecond = new Map(seconds.map(({ at, rows }) => [at, rows]))
  const valuesOf = (countOf: (row: LiveUsageRow) => number) =>
    times.map((time) => (bySecond.get(time) ?? []).reduce((sum, row) => sum + countOf(row), 0))
  return [
    { label: 'Calls', values: valuesOf(({ requests }) => requests), color: '--series-1' },
    { label: '429', values: valuesOf(({ status429 }) => status429), color: '--series-3' },
    { label: '5xx', values: valuesOf(({ status500 }) => status500), color: '--series-4' },
  ]
}

function columnsOf(view: View, total: number): readonly Column<LiveUsageRow>[] {
  const nameOf = ({ clientName, clientId }: LiveUsageRow) => clientName || clientId || '(none)'
  const drill = (row: LiveUsageRow) =>
    formatView({ ...view, page: 'routes', filters: { clientId: row.clientId ?? '' } })
  return [
    { name: 'Client', sortBy: nameOf, cell: (row) => <a href={drill(row)}>{nameOf(row)}</a> },
    { name: 'Route', sortBy: (row) => row.templateUri, cell: (row) => row.templateUri },
    {
      name: 'Calls',
      isNumber: true,
      sortBy: (row) => row.requests,
      cell: (row) => <Share share={row.requests / (total || 1)} text={count(row.requests)} />,
    },
    { name: '4xx', isNumber: true, sortBy: (row) => row.status400, cell: (row) => count(row.status400) },
    {
      name: '429',
      isNumber: true,
      sortBy: (row) => row.status429,
      cell: (row) => <span class={row.status429 > 0 ? 'alarm' : undefined}>{count(row.status429)}</span>,
    },
    { name: '5xx', isNumber: true, sortBy: (row) => row.status500, cell: (row) => count(row.status500) },
  ]
}
