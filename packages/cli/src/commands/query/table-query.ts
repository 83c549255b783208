import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type {
  RoutemeterClient,
  UsageBucket,
  UsageFileFormat,
  UsageMeasure,
  UsageTable,
  UsageTableQuery,
  UsageTableRow,
} from '@routemeter/client'
import { CommandProblem, EXIT } from '../../exit-code.ts'
import { chartOf } from '../../output/chart.ts'
import { type RowColumn, terminalWidth, writeRows } from '../../output/rows.ts'
import { bucketsOf } from './buckets.ts'
import { METRICS, type QueryFlags, USUAL_METRICS } from './flags.ts'

/** Asks Routemeter's own API, which answers at once, and writes what came as the flags say. */
export async function askTable(client: RoutemeterClient, interval: string, flags: QueryFlags): Promise<void> {
  const query = queryOf(interval, flags)
  const file = fileOf(flags)
  if (file !== undefined) return writeFile(client, query, file)
  const table = await client.usage.queryNow(query)
  if (flags.chart) process.stdout.write(chart(table, query))
  else writeTable(table, query, flags)
  if (table.meta.truncated) {
    console.error('There are more rows than the 100,000 that a server answers: narrow the query, or set --limit.')
  }
}

/** A chart of everything is one line; a table is by client, as without these flags. */
function queryOf(
  interval: string,
  flags: QueryFlags,
): Required<Pick<UsageTableQuery, 'groupBy' | 'metrics'>> & UsageTableQuery {
  const { timeZone, granularity, filter, sort, limit, other, compare } = flags
  return {
    interval,
    groupBy: flags.by ?? ['clientId'],
    metrics: flags.metrics ?? (flags.chart ? ['requests'] : USUAL_METRICS),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(granularity === undefined ? {} : { granularity }),
    ...(filter === undefined ? {} : { filters: filter }),
    ...(sort === undefined ? {} : { sortBy: sort }),
    ...(limit === undefined ? {} : { limit }),
    ...(other === undefined ? {} : { other }),
    ...(compare === undefined ? {} : { compare: 'previous' }),
  }
}

interface File {
  readonly format: UsageFileFormat
  /** `-` is the standard output. */
  readonly path: string
}

/** @throws CommandProblem when there are two. */
function fileOf({ csv, ndjson, parquet }: QueryFlags): File | undefined {
  const given = Object.entries({ csv, ndjson, parquet }).flatMap(([format, path]) => {
    return path === undefined ? [] : [{ format: format as UsageFileFormat, path }]
  })
  if (given.length > 1)
    throw new CommandProblem(EXIT.wrongUsage, '--csv, --ndjson and --parquet: one of them at a time')
  return given[0]
}

/** What was begun and not ended is taken away again. */
async function writeFile(client: RoutemeterClient, query: UsageTableQuery, { format, path }: File): Promise<void> {
  const bytes = Readable.from(await client.usage.queryFile(query, format))
  if (path === '-') return pipeline(bytes, process.stdout, { end: false })
  try {
    await pipeline(bytes, createWriteStream(path))
  } catch (error) {
    await rm(path, { force: true })
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new CommandProblem(EXIT.failed, `${path} cannot be written: ${error.message}`)
  }
}

function writeTable(
  { rows, meta }: UsageTable,
  query: Pick<UsageTableQuery, 'groupBy' | 'metrics'>,
  flags: QueryFlags,
): void {
  const zone = meta.timeZone
  const count = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'row' : 'rows'}`
  const view = {
    columns: columnsOf(query, meta.granularity, meta.previousInterval !== undefined),
    footer: `${count}, ${meta.interval} ${zone}`,
    empty: `No calls in ${meta.interval} ${zone}.`,
  }
  writeRows(rows, view, flags)
}

function columnsOf(
  { groupBy = [], metrics = [] }: Pick<UsageTableQuery, 'groupBy' | 'metrics'>,
  granularity: UsageBucket | null,
  isCompared: boolean,
): readonly RowColumn<UsageTableRow>[] {
  const time: RowColumn<UsageTableRow> = {
    heading: 'time',
    kind: 'label',
    cell: (row) => shownTime(row.time ?? '', granularity),
  }
  return [
    ...(granularity === null ? [] : [time]),
    ...groupBy.map(
      (name): RowColumn<UsageTableRow> => ({
        heading: name,
        kind: name.endsWith('Id') ? 'id' : 'text',
        cell: (row) => row[name] || '-',
      }),
    ),
    ...metrics.flatMap((name) => (isCompared ? [metricColumn(name), changeColumn(name)] : metricColumn(name))),
  ]
}

function metricColumn(name: UsageMeasure): RowColumn<UsageTableRow> {
  return { heading: METRICS[name], kind: 'number', cell: (row) => shownMetric(name, row[name]) }
}

/** How much more or less it is than in the interval before. */
function changeColumn(name: UsageMeasure): RowColumn<UsageTableRow> {
  const change = ({ [name]: now, previous }: UsageTableRow) => {
    const before = previous?.[name]
    if (now == null || before == null) return '-'
    if (before === 0) return now === 0 ? '0%' : 'new'
    const percent = Math.round(((now - before) / before) * 100)
    return `${percent > 0 ? '+' : ''}${percent.toLocaleString('en')}%`
  }
  return { heading: '±', kind: 'number', cell: change }
}

/** The date of days and more, the clock of less; the offset where a clock could be meant twice. */
function shownTime(time: string, granularity: UsageBucket | null): string {
  if (granularity === 'Month') return time.slice(0, 7)
  if (granularity === 'Day' || granularity === 'Week') return time.slice(0, 10)
  return `${time.slice(0, 10)} ${time.slice(11, 16)}${time.slice(19)}`
}

function shownMetric(name: UsageMeasure, value: number | null | undefined): string {
  if (value === null || value === undefined) return '-'
  if (name.endsWith('Rate')) return `${(value * 100).toFixed(1)}%`
  return value.toLocaleString('en', { maximumFractionDigits: 1 })
}

/** The first metric, a line a group: over time with a granularity, else a bar. */
function chart(
  { rows, meta }: UsageTable,
  { groupBy = [], metrics = [] }: Pick<UsageTableQuery, 'groupBy' | 'metrics'>,
): string {
  const [metric = 'requests'] = metrics
  const buckets = bucketsOf(meta)
  const series = new Map<string, { label: string; values: (number | undefined)[] }>()
  for (const row of rows) {
    const label = groupBy.map((name) => row[name] || '-').join(' ') || 'all'
    const { values } = series.get(label) ?? { values: Array.from({ length: buckets.count }, () => undefined) }
    values[buckets.indexOf(row.time)] = row[metric] ?? undefined
    series.set(label, { label, values })
  }
  if (series.size === 0) return `No calls in ${meta.interval} ${meta.timeZone}.\n`
  const isSum = METRIC_UNITS.has(metric)
  const lines = chartOf([...series.values()], {
    isSum,
    width: terminalWidth(),
    show: (value) => shownMetric(metric, value),
  })
  const each = meta.granularity === null ? '' : ` by ${meta.granularity}`
  return `${lines}\n${METRICS[metric]}${each}, ${meta.interval} ${meta.timeZone}\n`
}

/** Metrics that add up; of the others the greatest is shown where several buckets share a place. */
const METRIC_UNITS: ReadonlySet<UsageMeasure> = new Set([...USUAL_METRICS, 'requestBytes', 'responseBytes'])
