import type { MovedShape } from '@routemeter/client'
import type { Command } from 'commander'
import { type FormatFlags, formatOf, type RowColumn, writeRows } from '../../output/rows.ts'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../../server-access.ts'

const COLUMNS: readonly RowColumn<MovedShape>[] = [
  { heading: 'calls', kind: 'number', cell: ({ calls }) => calls.toLocaleString('en') },
  { heading: 'from', kind: 'text', cell: ({ from }) => from },
  { heading: 'to', kind: 'text', cell: ({ to }) => to },
]

/** `routemeter template re-resolve` */
export function defineReResolve(parent: Command): void {
  const command = parent
    .command('re-resolve')
    .description('Count under the templates of now what was counted under folded paths before,\nfor all of history.')
    .option('--json', 'one JSON object')
    .option('--table', 'a table, as on a terminal')
    .action(reResolve)
  addAccessFlags(command)
}

async function reResolve(flags: AccessFlags & FormatFlags): Promise<void> {
  const { templates } = clientFor(flags, process.env)
  try {
    const outcome = await templates.reResolve()
    if (formatOf(flags, process.stdout.isTTY) === 'ndjson') {
      process.stdout.write(`${JSON.stringify(outcome)}\n`)
      return
    }
    const left = outcome.left.length === 0 ? '' : `; ${outcome.left.length} shapes fit several templates and stay`
    const footer = `${outcome.calls.toLocaleString('en')} calls moved${left}`
    writeRows(outcome.moved, { columns: COLUMNS, footer, empty: `Nothing was moved${left}.` }, { table: true })
  } catch (error) {
    throw problemOf(error) ?? error
  }
}
