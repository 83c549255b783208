import type { LimitedEntity, RateLimitStatus } from '@routemeter/client'
import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { Sparkline } from '../charts/sparkline.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { Problem } from '../components/problem.tsx'
import { Share } from '../components/share.tsx'
import { count, dateAndTime, percent } from '../format.ts'
import { may, type PageProps } from '../page.ts'
import { useAnswer } from '../use-answer.ts'
import { formatView, type View } from '../view.ts'
import { limitTitle } from './limit-title.ts'
import { WatchedLimits } from './watched-limits.tsx'

const LOOK_BACK = { 'Last hour': 60, 'Last 6 hours': 360, 'Last 24 hours': 1_440 } as const
const MINUTE = 60_000

/** Who is near a limit or over it, and since which minute. */
export function RateLimitsPage({ view, session }: PageProps) {
  const [minutes, setMinutes] = useState<number>(LOOK_BACK['Last hour'])
  const ask = (signal: AbortSignal) => api.rateLimits.status({ minutes, signal })
  const { value, error, isLoading, reload } = useAnswer(`limits ${minutes}`, ask, 10_000)
  return (
    <div aria-busy={isLoading}>
      <label class="toolbar">
        Look back
        <select value={minutes} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
          {Object.entries(LOOK_BACK).map(([label, value]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <Problem error={error} onRetry={reload} />
      {value?.limits.map((limit) => (
        <LimitSection key={limit.by.join()} view={view} limit={limit} status={value} />
      ))}
      {value !== undefined && may(session, 'usage:organization:view', 'oauth:client:edit') && (
        <WatchedLimits limits={value.limits} onChanged={reload} />
      )}
    </div>
  )
}

interface LimitSectionProps {
  readonly view: View
  readonly limit: RateLimitStatus['limits'][number]
  readonly status: RateLimitStatus
}

function LimitSection({ view, limit, status }: LimitSectionProps) {
  const title = limitTitle(limit)
  return (
    <section>
      <h2>{title}</h2>
      {limit.entities.length === 0 ? (
        <p class="fine">Nobody came near it.</p>
      ) : (
        <DataTable
          label={title}
          rows={limit.entities}
          columns={columnsOf(view, status)}
          keyOf={(entity) => `${entity.clientId}/${entity.userId}/${entity.templateUri}`}
          textOf={nameOf}
        />
      )}
    </section>
  )
}

function columnsOf(view: View, status: RateLimitStatus): readonly Column<LimitedEntity>[] {
  return [
    { name: 'Who', sortBy: nameOf, cell: (entity) => <Who view={view} entity={entity} /> },
    {
      name: 'State',
      sortBy: ({ state }) => state,
      cell: ({ state }) => <span class={`state ${state}`}>{STATES[state]}</span>,
    },
    {
      name: 'Began',
      sortBy: ({ began }) => began,
      cell: ({ began }) => <time dateTime={began}>{dateAndTime(began, view.zone)}</time>,
    },
    {
      name: 'Last',
      sortBy: ({ last }) => last,
      cell: ({ last }) => <time dateTime={last}>{dateAndTime(last, view.zone)}</time>,
    },
    {
      name: 'This minute',
      isNumber: true,
      sortBy: ({ current }) => current.requests,
      cell: ({ current }) => count(current.requests),
    },
    {
      name: 'Peak',
      isNumber: true,
      sortBy: ({ peak }) => peak.requests,
      cell: ({ peak }) => (
        <Share
          share={peak.share}
          text={`${count(peak.requests)} · ${percent(peak.share)}`}
          isAlarming={peak.share > 1}
        />
      ),
    },
    { name: '429s', isNumber: true, sortBy: (entity) => entity.status429, cell: (entity) => count(entity.status429) },
    {
      name: 'Over time',
      cell: (entity) => <Sparkline points={minutesOf(entity, status)} isAlarming={entity.state === 'over'} />,
    },
  ]
}

const STATES = { over: 'Over', near: 'Near', limited: 'Got 429s' } as const

function nameOf({ clientId, clientName, userId, templateUri }: LimitedEntity): string {
  return (
    [clientName || clientId, templateUri, userId].filter((part) => part !== undefined && part !== '').join(' · ') ||
    '(none)'
  )
}

function Who({ view, entity }: { view: View; entity: LimitedEntity }) {
  const { clientId, userId, templateUri } = entity
  const filters = {
    ...(clientId === undefined ? {} : { clientId }),
    ...(userId === undefined ? {} : { userId }),
    ...(templateUri === undefined ? {} : { templateUri }),
  }
  const page = templateUri === undefined ? 'routes' : 'clients'
  return <a href={formatView({ ...view, page, filters })}>{nameOf(entity)}</a>
}

/** Minutes without a call have no entry. */
function minutesOf(entity: LimitedEntity, { start, currentMinute }: RateLimitStatus): readonly number[] {
  const first = Date.parse(start)
  const points = Array.from({ length: (Date.parse(currentMinute) - first) / MINUTE + 1 }, () => 0)
  for (const { time, requests } of entity.minutes) points[(Date.parse(time) - first) / MINUTE] = requests
  return points
}
