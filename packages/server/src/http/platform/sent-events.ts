/** For tests: events as senders send them, and what usage rows they make, counted anew from those very events. */

export interface SentEvent {
  readonly time: string
  readonly organizationId: string
  readonly clientId: string
  readonly clientName?: string
  readonly userId: string
  readonly method: string
  readonly templateUri: string
  readonly status: number
}

const DAY_MS = 86_400_000
const STATUSES = [101, 200, 204, 301, 400, 404, 429, 500, 503]

/** So many calls in one organization, the same ones every time, over ten days from a UTC midnight on. */
export function someEvents(
  count: number,
  from: number,
  fields: Pick<SentEvent, 'organizationId' | 'clientId' | 'clientName'>,
): SentEvent[] {
  let state = [...`${fields.organizationId}/${fields.clientId}`].reduce((sum, letter) => sum + letter.charCodeAt(0), 7)
  const below = (limit: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * limit)
  }
  return Array.from({ length: count }, () => ({
    ...fields,
    time: new Date(from + below(10 * DAY_MS)).toISOString(),
    userId: ['', 'ann', 'bob'][below(3)] ?? '',
    method: ['GET', 'get', 'POST', 'OPTIONS', 'Patch'][below(5)] ?? '',
    templateUri: ['/api/v2/users', 'api/v2/users/{userId}', 'api/v2/groups'][below(3)] ?? '',
    status: STATUSES[below(STATUSES.length)] ?? 0,
  }))
}

export type RecountedRow = Readonly<Record<string, string | number>>
type Granularity = 'Day' | 'Week' | 'Month' | undefined

const DIMENSIONS = ['clientId', 'clientName', 'organizationId', 'userId', 'templateUri', 'httpMethod'] as const
const METRICS = ['status200', 'status300', 'status400', 'status500', 'status429', 'requests'] as const

/**
 * The rows that these events make (wire.md §3), in the order in which they are answered.
 * @param groupBy names of a row's dimensions; @param metrics names of a row's counts.
 */
export function recount(
  events: readonly SentEvent[],
  question: { groupBy: readonly string[]; metrics?: readonly string[]; granularity?: Granularity },
): RecountedRow[] {
  const { groupBy, metrics = METRICS, granularity } = question
  const groups = new Map<string, RecountedRow>()
  for (const event of events) {
    const own = dimensionsOf(event)
    const dimensions = DIMENSIONS.map((name) => [name, groupBy.includes(name) ? own[name] : ''] as const)
    const date: RecountedRow = granularity === undefined ? {} : { date: firstDay(event.time, granularity) }
    const key = JSON.stringify([date, dimensions])
    const counts = METRICS.filter((name) => metrics.includes(name)).map((name) => {
      return [name, Number(groups.get(key)?.[name] ?? 0) + (isCounted(event.status, name) ? 1 : 0)] as const
    })
    groups.set(key, { ...Object.fromEntries(dimensions), ...Object.fromEntries(counts), ...date })
  }
  return [...groups.values()].toSorted(inOrder)
}

function dimensionsOf(event: SentEvent) {
  return {
    ...event,
    clientName: event.clientName ?? '',
    templateUri: event.templateUri.replace(/^\//, ''),
    httpMethod: event.method.toUpperCase(),
  }
}

function isCounted(status: number, metric: (typeof METRICS)[number]): boolean {
  if (metric === 'requests') return true
  if (metric === 'status429') return status === 429
  return String(status).charAt(0) === metric.charAt('status'.length)
}

function firstDay(time: string, granularity: 'Day' | 'Week' | 'Month'): string {
  const day = new Date(`${time.slice(0, 10)}T00:00:00Z`)
  if (granularity === 'Month') day.setUTCDate(1)
  if (granularity === 'Week') day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7))
  return `${day.toISOString().slice(0, 19)}Z`
}

function inOrder(a: RecountedRow, b: RecountedRow): number {
  for (const key of ['date', ...DIMENSIONS]) {
    const [left, right] = [String(a[key] ?? ''), String(b[key] ?? '')]
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}
