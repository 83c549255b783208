import type { UsageDimension, UsageMeasure } from '@routemeter/client'
import { api } from '../api.ts'
import { Problem } from '../components/problem.tsx'
import { Share } from '../components/share.tsx'
import { count } from '../format.ts'
import { baseQuery } from '../range.ts'
import { useAnswer } from '../use-answer.ts'
import { type FilterDimension, formatView, type PageName, type View } from '../view.ts'
import { nameOf } from './group-name.ts'

interface Top {
  readonly title: string
  readonly groupBy: readonly UsageDimension[]
  readonly filter: FilterDimension
  readonly metric: UsageMeasure & ('requests' | 'status429')
  /** Where the heading and a row lead to. */
  readonly page: PageName
  readonly leadsTo: PageName
}

const TOPS = {
  limited: {
    title: 'Who runs into 429',
    groupBy: ['clientId', 'clientName'],
    filter: 'clientId',
    metric: 'status429',
    page: 'rate-limits',
    leadsTo: 'routes',
  },
  clients: {
    title: 'Clients',
    groupBy: ['clientId', 'clientName'],
    filter: 'clientId',
    metric: 'requests',
    page: 'clients',
    leadsTo: 'routes',
  },
  routes: {
    title: 'Routes',
    groupBy: ['templateUri'],
    filter: 'templateUri',
    metric: 'requests',
    page: 'routes',
    leadsTo: 'clients',
  },
} as const satisfies Record<string, Top>

const FIRST = 6

/** The first few of something; each leads to what it is made of. */
export function TopGroups({ view, of }: { view: View; of: keyof typeof TOPS }) {
  const top: Top = TOPS[of]
  const { value, error } = useAnswer(`${of} ${formatView(view)}`, (signal) => askFor(view, top, signal), 15_000)
  const rows = value?.filter((row) => row[top.metric]) ?? []
  const most = rows[0]?.[top.metric] ?? 1
  return (
    <section class="card" aria-labelledby={`top-${of}`}>
      <h2 id={`top-${of}`}>
        <a href={formatView({ ...view, page: top.page })}>{top.title}</a>
      </h2>
      <Problem error={error} />
      {value !== undefined && rows.length === 0 && <p class="fine">Nobody.</p>}
      <ol class="top-list">
        {rows.map((row) => (
          <li key={row[top.filter]}>
            <a
              href={formatView({
                ...view,
                page: top.leadsTo,
                filters: { ...view.filters, [top.filter]: row[top.filter] ?? '' },
              })}
              title={row[top.filter]}
            >
              {nameOf(row, top.filter)}
            </a>
            <Share
              share={(row[top.metric] ?? 0) / most}
              text={count(row[top.metric])}
              isAlarming={top.metric === 'status429'}
            />
          </li>
        ))}
      </ol>
    </section>
  )
}

async function askFor(view: View, { groupBy, metric }: Top, signal: AbortSignal) {
  const { granularity: _, ...base } = baseQuery(view, Date.now())
  const sortBy = [{ fieldName: metric, order: 'Desc' }] as const
  const { rows } = await api.usage.queryNow({ ...base, groupBy, metrics: [metric], sortBy, limit: FIRST }, { signal })
  return rows
}
