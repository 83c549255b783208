import type { RouteTemplate } from '@routemeter/client'
import type { Command } from 'commander'
import { type FormatFlags, type RowColumn, writeRows } from '../../output/rows.ts'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../../server-access.ts'

const COLUMNS: readonly RowColumn<RouteTemplate>[] = [
  { heading: 'template', kind: 'text', cell: ({ templateUri }) => templateUri },
  { heading: 'added', kind: 'label', cell: ({ dateAdded }) => dateAdded.slice(0, 10) },
]

/** `routemeter template list` */
export function defineList(parent: Command): void {
  const command = parent
    .command('list')
    .description('List the organization’s route templates.')
    .option('--json', 'one JSON object a line, as in a pipe')
    .option('--table', 'a table, as on a terminal')
    .action(list)
  addAccessFlags(command)
}

async function list(flags: AccessFlags & FormatFlags): Promise<void> {
  const { templates } = clientFor(flags, process.env)
  try {
    const rows = await templates.list()
    const footer = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'template' : 'templates'}`
    writeRows(rows, { columns: COLUMNS, footer, empty: 'There are no route templates.' }, flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
}
