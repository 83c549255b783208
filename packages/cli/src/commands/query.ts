import type { UsageGranularity, UsageGroupBy, UsageMetric, UsageRow } from '@routemeter/client'
import { type Command, InvalidArgumentError } from 'commander'
import { type FormatFlags, type RowColumn, writeRows } from '../output/rows.ts'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../server-access.ts'

interface QueryFlags extends AccessFlags, FormatFlags {
  readonly interval?: string
  readonly by?: readonly Dimension[]
  readonly granularity?: UsageGranularity
  readonly metrics?: readonly Metric[]
}

/** Our names of what rows are grouped by, and the wire's (wire.md 2). */
const DIMENSIONS = {
  clientId: 'OAuthClientId',
  organizationId: 'OrganizationId',
  userId: 'UserId',
  templateUri: 'TemplateUri',
  httpMethod: 'HttpMethod',
} as const satisfies Record<string, UsageGroupBy>
type Dimension = keyof typeof DIMENSIONS

/** Our names of what is counted, the wire's, and a heading that leaves room for the rest. */
const METRICS = {
  requests: { wire: 'Requests', heading: 'requests' },
  status200: { wire: 'Status200', heading: '2xx' },
  status300: { wire: 'Status300', heading: '3xx' },
  status400: { wire: 'Status400', heading: '4xx' },
  status429: { wire: 'Status429', heading: '429' },
  status500: { wire: 'Status500', heading: '5xx' },
} as const satisfies Record<string, { wire: UsageMetric; heading: string }>
type Metric = keyof typeof METRICS

const GRANULARITIES: readonly UsageGranularity[] = ['Day', 'Week', 'Month']
const DAY_MS = 86_400_000

/** `routemeter query`: usage of one's own organization, as a table or as rows of JSON. */
export function define(command: Command): void {
  command
    .description('Ask a server who called what, how often, and how it went.')
    .optionsGroup('Query:')
    .option('--interval <start/end>', 'ISO 8601, the end included (the last 30 days)')
    .option('--by <names>', `group by: ${Object.keys(DIMENSIONS).join(', ')} (clientId)`, namesOf(keysOf(DIMENSIONS)))
    .option(
      '--granularity <period>',
      `a row for each ${GRANULARITIES.join(', ')}; else one in all`,
      oneOf(GRANULARITIES),
    )
    .option('--metrics <names>', `count: ${Object.keys(METRICS).join(', ')} (all of them)`, namesOf(keysOf(METRICS)))
    .optionsGroup('Output:')
    .option('--json', 'one JSON object a line, as in a pipe')
    .option('--table', 'a table, as on a terminal')
    .addHelpText('after', EXAMPLES)
    .action(query)
  addAccessFlags(command)
}

const EXAMPLES = `
Names are separated by commas; days, weeks and months are UTC.

  routemeter query --interval 2026-01/2026-03 --by userId --granularity Month
  routemeter query --by clientId,httpMethod --metrics requests,status429
  routemeter query --by userId --json | jq .userId`

async function query(flags: QueryFlags): Promise<void> {
  const interval = flags.interval ?? lastDays(30, Date.now())
  const client = clientFor(flags, process.env)
  const by = flags.by ?? ['clientId']
  const metrics = flags.metrics ?? keysOf(METRICS)
  const request = {
    interval,
    groupBy: by.map((name) => DIMENSIONS[name]),
    metrics: metrics.map((name) => METRICS[name].wire),
    ...(flags.granularity === undefined ? {} : { granularity: flags.granularity }),
  }
  try {
    const rows = await client.usage.query(request)
    const columns = columnsFor(rows, by, metrics, flags.granularity !== undefined)
    const footer = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'row' : 'rows'}, ${interval} UTC`
    writeRows(rows, { columns, footer, empty: `No calls in ${interval} UTC.` }, flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
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
        heading: METRICS[name].heading,
        kind: 'number',
        cell: (row) => (row[name] ?? 0).toLocaleString('en'),
      }),
    ),
  ]
}

/** The last days up to and with today, UTC: `2026-10-25/2026-11-23`. */
export function lastDays(count: number, now: number): string {
  const day = (ago: number) => new Date(now - ago * DAY_MS).toISOString().slice(0, 10)
  return `${day(count - 1)}/${day(0)}`
}

/** Reads names separated by commas, in any case; a repeated option adds to them. */
function namesOf<Name extends string>(names: readonly Name[]) {
  const name = oneOf(names)
  return (text: string, before: readonly Name[] = []): readonly Name[] => [
    ...new Set([...before, ...text.split(',').map((each) => name(each.trim()))]),
  ]
}

function oneOf<Name extends string>(names: readonly Name[]) {
  return (text: string): Name => {
    const found = names.find((name) => name.toLowerCase() === text.toLowerCase())
    if (found === undefined) throw new InvalidArgumentError(`${JSON.stringify(text)} is none of ${names.join(', ')}.`)
    return found
  }
}

function keysOf<Key extends string>(table: Readonly<Record<Key, unknown>>): readonly Key[] {
  return Object.keys(table) as Key[]
}
