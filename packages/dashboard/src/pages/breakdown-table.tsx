import type { UsageMeasure, UsageTableRow } from '@routemeter/client'
import type { ComponentChildren } from 'preact'
import type { Lines } from '../charts/periods.ts'
import { Sparkline } from '../charts/sparkline.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { Share } from '../components/share.tsx'
import { metric, percent } from '../format.ts'
import { formatView, type View } from '../view.ts'
import type { BreakdownKind } from './breakdown-kind.ts'
import { nameOf } from './group-name.ts'

interface BreakdownTableProps {
  readonly view: View
  readonly of: BreakdownKind
  readonly rows: readonly UsageTableRow[]
  readonly lines: Lines
  readonly total: number
  readonly actions: ComponentChildren
}

/** Every group with its numbers; its name leads on to what it is made of. */
export function BreakdownTable({ view, of, rows, lines, total, actions }: BreakdownTableProps) {
  const { noun, filter } = of
  const columns: Column<UsageTableRow>[] = [
    {
      name: noun,
      sortBy: (row) => nameOf(row, filter),
      cell: (row) => <GroupName view={view} of={of} row={row} />,
    },
    ...numberColumns(rows),
    {
      name: 'Share',
      isNumber: true,
      sortBy: (row) => row.requests,
      cell: ({ requests }) => (
        <Share share={total === 0 ? 0 : (requests ?? 0) / total} text={percent((requests ?? 0) / (total || 1))} />
      ),
    },
    {
      name: 'Over time',
      cell: (row) =>
        lines.byGroup.has(row[filter] ?? '') && (
          <Sparkline points={lines.values(row[filter] ?? '', ({ requests }) => requests)} />
        ),
    },
  ]
  return (
    <DataTable
      label={`${noun}s`}
      rows={rows}
      columns={columns}
      keyOf={(row) => `${row[filter]}/${row.clientName ?? ''}`}
      textOf={(row) => `${nameOf(row, filter)} ${row[filter]}`}
      sortedBy="Requests"
      actions={actions}
    />
  )
}

const METRIC_NAMES: readonly (readonly [UsageMeasure, string])[] = [
  ['requests', 'Requests'],
  ['errorRate', 'Errors'],
  ['status429', '429s'],
  ['durationP95', 'p95'],
]

/** Those that were asked for. */
function numberColumns(rows: readonly UsageTableRow[]): readonly Column<UsageTableRow>[] {
  return METRIC_NAMES.filter(([name]) => rows[0]?.[name] !== undefined).map(([name, label]) => ({
    name: label,
    isNumber: true,
    sortBy: (row) => row[name],
    cell: (row) => (
      <span class={name === 'status429' && row.status429 ? 'alarm' : undefined}>{metric(name, row[name])}</span>
    ),
  }))
}

function GroupName({ view, of, row }: { view: View; of: BreakdownKind; row: UsageTableRow }) {
  const { filter, leadsTo } = of
  const value = row[filter] ?? ''
  const name = nameOf(row, filter)
  if (value === '(other)') return <>{name}</>
  const filters = { ...view.filters, [filter]: value }
  return (
    <a href={formatView({ ...view, page: leadsTo, filters })} title={value}>
      {name}
    </a>
  )
}
