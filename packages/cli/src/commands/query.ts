import type { Command } from 'commander'
import { addAccessFlags, clientFor, problemOf } from '../server-access.ts'
import {
  addFilter,
  addSortField,
  DIMENSIONS,
  GRANULARITIES,
  METRIC_NAMES,
  namesOf,
  oneOf,
  type QueryFlags,
  wholeNumber,
} from './query/flags.ts'
import { askPlatform, platformQuestion } from './query/platform-query.ts'
import { askTable } from './query/table-query.ts'

const DAY_MS = 86_400_000

/** `routemeter query`: usage of one's own organization, as a table, a chart, a file or as rows of JSON. */
export function define(command: Command): void {
  command
    .description('Ask a server who called what, how often, and how it went.')
    .optionsGroup('Query:')
    .option('--interval <start/end>', 'ISO 8601, the end included (the last 30 days)')
    .option('--time-zone <name>', 'whose hours, days and weeks, such as Europe/Berlin (UTC)')
    .option(
      '--granularity <period>',
      `a row for each ${GRANULARITIES.join(', ')}; else one in all`,
      oneOf(GRANULARITIES),
    )
    .option('--by <names>', `group by: ${DIMENSIONS.join(', ')} (clientId)`, namesOf(DIMENSIONS))
    .option('--metrics <names>', `${METRIC_NAMES.join(', ')} (requests and statuses)`, namesOf(METRIC_NAMES))
    .option('--filter <name=value>', 'only calls with this value; again for another', addFilter)
    .option('--sort <name[:asc|desc]>', 'order within each period; again for another', addSortField)
    .option('--limit <count>', 'only the first groups, by --sort or requests', wholeNumber)
    .option('--other', 'with --limit: all other groups in one more, (other)')
    .option('--compare', 'how much more or less than in the interval before')
    .optionsGroup('Output:')
    .option('--json', 'one JSON object a line, as in a pipe')
    .option('--table', 'a table, as on a terminal')
    .option('--chart', 'the first metric as bars, or with --granularity over time')
    .option('--csv <file>', 'rows into a CSV file; - is the standard output')
    .option('--ndjson <file>', 'rows into a file of a JSON object a line')
    .option('--parquet <file>', 'rows into a Parquet file')
    .addHelpText('after', EXAMPLES)
    .action(query)
  addAccessFlags(command)
}

const EXAMPLES = `
Names are separated by commas.

  routemeter query --interval 2026-01/2026-03 --by userId --granularity Month
  routemeter query --by clientId,httpMethod --metrics requests,status429
  routemeter query --by templateUri --limit 10 --other --chart
  routemeter query --granularity Hour --filter statusClass=4xx --chart
  routemeter query --by userId --json | jq .userId`

async function query(flags: QueryFlags): Promise<void> {
  const interval = flags.interval ?? lastDays(30, Date.now())
  const client = clientFor(flags, process.env)
  const question = platformQuestion(flags, interval)
  try {
    if (question === undefined) await askTable(client, interval, flags)
    else await askPlatform(client, question, flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
}

/** The last days up to and with today, UTC: `2026-10-25/2026-11-23`. */
export function lastDays(count: number, now: number): string {
  const day = (ago: number) => new Date(now - ago * DAY_MS).toISOString().slice(0, 10)
  return `${day(count - 1)}/${day(0)}`
}
