import type { FixtureEvent } from './fixture.ts'

// Counts the fixture's calls one by one, with nothing of the server's: what the clients have to read.

export type Dimension =
  | 'clientId'
  | 'clientName'
  | 'organizationId'
  | 'userId'
  | 'templateUri'
  | 'httpMethod'
  | 'platform'
export type Granularity = 'Day' | 'Week' | 'Month'
export const METRICS = ['status200', 'status300', 'status400', 'status500', 'status429', 'requests'] as const
export type Metric = (typeof METRICS)[number]

export interface Question {
  readonly where: (event: FixtureEvent) => boolean
  /** Epoch milliseconds, the end exclusive. */
  readonly from: number
  readonly to: number
  readonly granularity?: Granularity
  /** In the order of the response's keys, which is the order of the rows. */
  readonly by: readonly Dimension[]
  /** What a client is called: the name it is registered under, or that of its latest event. */
  readonly nameOf: (event: FixtureEvent) => string
}

export interface Group {
  readonly date: string
  readonly values: Readonly<Partial<Record<Dimension, string>>>
  readonly counts: Record<Metric, number>
}

/** The groups in which there was a call, by date, then by dimension. */
export function recount(events: readonly FixtureEvent[], question: Question): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const event of events) {
    if (!question.where(event) || event.time < question.from || event.time >= question.to) continue
    const date = question.granularity === undefined ? '' : bucketOf(event.time, question.granularity)
    const values = Object.fromEntries(question.by.map((name) => [name, wordOf(event, name, question)]))
    const key = [date, ...question.by.map((name) => values[name])].join('\u0000')
    const group = groups.get(key) ?? { date, values, counts: zeros() }
    groups.set(key, group)
    count(group.counts, event.status)
  }
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
}

function wordOf(event: FixtureEvent, name: Dimension, { nameOf }: Question): string {
  if (name === 'clientName') return nameOf(event)
  return name === 'httpMethod' ? event.method : event[name]
}

function count(counts: Record<Metric, number>, status: number): void {
  counts.requests++
  if (status >= 200 && status < 300) counts.status200++
  if (status >= 300 && status < 400) counts.status300++
  if (status >= 400 && status < 500) counts.status400++
  if (status >= 500) counts.status500++
  if (status === 429) counts.status429++
}

const zeros = () => ({ status200: 0, status300: 0, status400: 0, status500: 0, status429: 0, requests: 0 })

/** The first date of the day, ISO week or month in UTC. */
function bucketOf(time: number, granularity: Granularity): string {
  const date = new Date(time)
  if (granularity === 'Week') date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7))
  if (granularity === 'Month') date.setUTCDate(1)
  return date.toISOString().slice(0, 10)
}

/** A row as the older endpoints write it: every dimension, "" where it was not grouped by. */
export function rowOf({ date, values, counts }: Group, metrics: readonly Metric[] = METRICS): object {
  const { clientId = '', clientName = '', organizationId = '', userId = '', templateUri = '', httpMethod = '' } = values
  return {
    ...{ clientId, clientName, organizationId, userId, templateUri, httpMethod },
    ...Object.fromEntries(METRICS.filter((name) => metrics.includes(name)).map((name) => [name, counts[name]])),
    ...(date === '' ? {} : { date: `${date}T00:00:00Z` }),
  }
}

/** An entity of a job: what has no value is left out. */
export function entityOf({ date, values, counts }: Group, metrics: readonly Metric[] = METRICS): object {
  const { platform, httpMethod, templateUri, organizationId, clientId, clientName, userId } = values
  const { requests, ...statuses } = counts
  const client = {
    ...present({ id: clientId, name: clientName }),
    ...present({ selfUri: clientId && `/api/v2/oauth/clients/${encodeURIComponent(clientId)}` }),
  }
  return {
    ...present({ date, platform, httpMethod, templateUri, organizationId }),
    ...(metrics.includes('requests') ? { requestCount: requests } : {}),
    ...Object.fromEntries(Object.entries(statuses).filter(([name]) => metrics.includes(name as Metric))),
    ...(Object.keys(client).length === 0 ? {} : { oauthClient: client }),
    ...(userId ? { user: { id: userId, selfUri: `/api/v2/users/${encodeURIComponent(userId)}` } } : {}),
  }
}

const present = (fields: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''))
