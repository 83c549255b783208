import type { RoutemeterClient, UsageGranularity, UsageGroupBy, UsageMetric, UsageRow } from '@routemeter/client'
import { type RowColumn, writeRows } from '../../output/rows.ts'
import { METRICS, type QueryFlags, USUAL_METRICS } from './flags.ts'

/** Our names of what rows are grouped by, and the wire's (wire.md 2). */
const DIMENSIONS = {
  clientId: 'OAuthClientId',
  organizationId: 'OrganizationId',
  userId: 'UserId',
  templateUri: 'TemplateUri',
  httpMethod: 'HttpMethod',
} as const satisfies Record<string, UsageGroupBy>
type Dimension = keyof typeof DIMENSIONS

/** Our names of what is counted, and the wire's. */
const WIRE_METRICS = {
  requests: 'Requests',
  status200: 'Status200',
  status300: 'Status300',
  status400: 'Status400',
  status429: 'Status429',
  status500: 'Status500',
} as const satisfies Record<string, UsageMetric>
type Metric = keyof typeof WIRE_METRICS

/** A question that the platform's own API has the words for, which every server that speaks it answers. */
export interface PlatformQuestion {
  readonly interval: string
  readonly by: readonly Dimension[]
  readonly metrics: readonly Metric[]
  readonly granularity: UsageGranularity | undefined
}

/** Undefined when something is asked that the platform cannot answer. */
export function platformQuestion(flags: QueryFlags, interval: string): PlatformQuestion | undefined {
  const { by = ['clientId'], metrics = USUAL_METRICS, granularity } = flags
  const { timeZone, filter, sort, limit, other, compare, chart, csv, ndjson, parquet } = flags
  const more = [timeZone, filter, sort, limit, other, compare, chart, csv, ndjson, parquet]
  if (more.some((flag) => flag !== undefined)) return undefined
  if (!by.every(isDimension) || !metrics.every(isMetric)) return undefined
  if (granularity !== undefined && !isGranularity(granularity)) return undefined
  return { interval, by, metrics, granularity }
}

const isDimension = (name: string): name is Dimension => Object.hasOwn(DIMENSIONS, name)
const isMetric = (name: string): name is Metric => Object.hasOwn(WIRE_METRICS, name)
const isGranularity = (name: string): name is UsageGranularity => ['Day', 'Week', 'Month'].includes(name)

export async function askPlatform(
  client: RoutemeterClient,
  { interval, by, metrics, granularity }: PlatformQuestion,
  flags: QueryFlags,
): Promise<void> {
  const rows = await client.usage.query({
    interval,
    groupBy: by.map((name) => DIMENSIONS[name]),
    metrics: metrics.map((name) => WIRE_METRICS[name]),
    ...(granularity === undefined ? {} : { granularity }),
  })
  const columns = columnsFor(rows, by, metrics, granularity !== undefined)
  const footer = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'row' : 'rows'}, ${interval} UTC`
  writeRows(rows, { columns, footer, empty: `No calls in ${interval} UTC.` }, flags)
}

function columnsFor(
  rows: readonly UsageRow[],
  by: readonly Dimension[],
  metrics: readonly Metric[],
  hasDates: boolean,
): readonly RowColumn<UsageRow>[] {
  const text = (heading: keyof UsageRow): RowColumn<UsageRow> => ({
    heading,
    kind: heading.endsWith('Id') ? 'id' : 'text',
    cell: (row) => String(row[heading] || '-'),
  })
  const date: RowColumn<UsageRow> = { heading: 'date', kind: 'label', cell: (row) => row.date?.slice(0, 10) ?? '-' }
  const hasNames = rows.some(({ clientName }) => clientName !== '')
  return [
    ...(hasDates ? [date] : []),
    ...by.flatMap((name) => (name === 'clientId' && hasNames ? [text('clientName'), text(name)] : text(name))),
    ...metrics.map(
      (name): RowColumn<UsageRow> => ({
        heading: METRICS[name],
        kind: 'number',
        cell: (row) => (row[name] ?? 0).toLocaleString('en'),
      }),
    ),
  ]
}
