import type { LiveUsageEvent, LiveUsageRow, UsageDimension } from '@routemeter/client'
import { type Command, InvalidArgumentError } from 'commander'
import { type FormatFlags, formatOf, type RowColumn } from '../output/rows.ts'
import { renderTable } from '../output/table.ts'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../server-access.ts'

interface LiveFlags extends AccessFlags, FormatFlags {
  readonly by?: readonly UsageDimension[]
  readonly filter?: LiveFilters
}

type LiveFilters = Readonly<Partial<Record<UsageDimension, readonly string[]>>>

const DIMENSIONS: readonly UsageDimension[] = [
  'organizationId',
  'clientId',
  'clientName',
  'userId',
  'templateUri',
  'httpMethod',
  'platform',
  'statusClass',
]

const COUNTS = [
  ['requests', 'requests'],
  ['status200', '2xx'],
  ['status300', '3xx'],
  ['status400', '4xx'],
  ['status429', '429'],
  ['status500', '5xx'],
] as const

/** Groups that are remembered; of more than that nobody sees one. */
const MOST_GROUPS = 1_000
const HOME_AND_CLEAR = '\u001b[H\u001b[J'

/** `routemeter live`: calls as they are counted, as a table that goes on or as lines of JSON. */
export function define(command: Command): void {
  command
    .description('Watch calls being counted, until you press ^C.')
    .optionsGroup('What to watch:')
    .option('--by <names>', `tell apart by: ${DIMENSIONS.join(', ')} (clientId)`, dimensions)
    .option('--filter <name:value>', 'only calls with this value; repeatable', filters)
    .optionsGroup('Output:')
    .option('--json', 'what was counted in the last moment, one JSON object a\nline, as in a pipe')
    .option('--table', 'counts since the beginning, as on a terminal')
    .addHelpText('after', EXAMPLES)
    .action(watch)
  addAccessFlags(command)
}

const EXAMPLES = `
  routemeter live --by clientId,templateUri --filter statusClass:4xx
  routemeter live --by userId --json | jq 'select(.status429 > 0)'`

async function watch(flags: LiveFlags): Promise<void> {
  const { by = ['clientId'], filter = {} } = flags
  const client = clientFor(flags, process.env)
  const isTable = formatOf(flags, process.stdout.isTTY) === 'table'
  const board = new Board(by)
  try {
    for await (const event of client.usage.live({ groupBy: by, filters: filter })) {
      if (isTable) board.show(event)
      else writeLines(event)
    }
  } catch (error) {
    throw problemOf(error) ?? error
  }
}

/** A gap is told apart from what was counted: a program that adds up must know of it. */
function writeLines(event: LiveUsageEvent): void {
  if (event.event === 'usage') {
    for (const row of event.rows) process.stdout.write(`${JSON.stringify({ time: event.time, ...row })}\n`)
  } else if (event.reason !== 'begin') console.error(`calls are missing here: ${event.reason}`)
}

/** Counts since the beginning, the busiest first, as many as the screen has lines. */
class Board {
  readonly #by: readonly UsageDimension[]
  readonly #groups = new Map<string, LiveUsageRow>()
  readonly #since = new Date()
  #note = ''

  constructor(by: readonly UsageDimension[]) {
    this.#by = by
  }

  show(event: LiveUsageEvent): void {
    if (event.event === 'usage') for (const row of event.rows) this.#add(row)
    else if (event.reason !== 'begin') this.#note = `, some are missing (${event.reason})`
    const { stdout } = process
    const screen = stdout.isTTY ? HOME_AND_CLEAR : ''
    stdout.write(`${screen}${this.#table(stdout.columns ?? 80, (stdout.rows ?? 24) - 4)}`)
  }

  #add(row: LiveUsageRow): void {
    const key = JSON.stringify(this.#by.map((name) => row[name]))
    const before = this.#groups.get(key)
    if (before === undefined && this.#groups.size >= MOST_GROUPS) return
    const sums = COUNTS.map(([name]) => [name, row[name] + (before?.[name] ?? 0)])
    this.#groups.set(key, { ...row, ...Object.fromEntries(sums) })
  }

  #table(width: number, height: number): string {
    const rows = [...this.#groups.values()].sort((a, b) => b.requests - a.requests).slice(0, Math.max(1, height))
    const columns = columnsFor(this.#by)
    const cells = rows.map((row) => columns.map(({ cell }) => cell(row)))
    const all = [...this.#groups.values()].reduce((sum, { requests }) => sum + requests, 0)
    const footer = `${all.toLocaleString('en')} calls since ${this.#since.toISOString().slice(11, 19)} UTC${this.#note}`
    return rows.length === 0 ? `${footer}\n` : `${renderTable(columns, cells, width)}\n${footer}\n`
  }
}

function columnsFor(by: readonly UsageDimension[]): readonly RowColumn<LiveUsageRow>[] {
  return [
    ...by.map(
      (name): RowColumn<LiveUsageRow> => ({
        heading: name,
        kind: name.endsWith('Id') ? 'id' : 'text',
        cell: (row) => row[name] || '-',
      }),
    ),
    ...COUNTS.map(
      ([name, heading]): RowColumn<LiveUsageRow> => ({
        heading,
        kind: 'number',
        cell: (row) => row[name].toLocaleString('en'),
      }),
    ),
  ]
}

function dimensions(text: string, before: readonly UsageDimension[] = []): readonly UsageDimension[] {
  return [...new Set([...before, ...text.split(',').map((name) => dimension(name.trim()))])]
}

function filters(text: string, before: LiveFilters = {}): LiveFilters {
  const colon = text.indexOf(':')
  if (colon < 0) throw new InvalidArgumentError(`${JSON.stringify(text)} is not NAME:VALUE.`)
  const name = dimension(text.slice(0, colon))
  return { ...before, [name]: [...(before[name] ?? []), text.slice(colon + 1)] }
}

function dimension(text: string): UsageDimension {
  const found = DIMENSIONS.find((name) => name.toLowerCase() === text.toLowerCase())
  if (found === undefined) {
    throw new InvalidArgumentError(`${JSON.stringify(text)} is none of ${DIMENSIONS.join(', ')}.`)
  }
  return found
}
