import type { OAuthClient } from '@routemeter/client'
import type { Command } from 'commander'
import { type FormatFlags, type RowColumn, writeRows } from '../../output/rows.ts'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../../server-access.ts'

const COLUMNS: readonly RowColumn<OAuthClient>[] = [
  { heading: 'name', kind: 'text', cell: ({ name }) => name },
  // Never shortened: it is what the other commands take.
  { heading: 'id', kind: 'label', cell: ({ id }) => id },
  { heading: 'state', kind: 'label', cell: ({ state }) => state },
  { heading: 'modified', kind: 'label', cell: ({ dateModified }) => dateModified.slice(0, 10) },
]

/** `routemeter client list` */
export function defineList(parent: Command): void {
  const command = parent
    .command('list')
    .description('List the organization’s OAuth clients, oldest first.')
    .option('--json', 'one JSON object a line, as in a pipe')
    .option('--table', 'a table, as on a terminal')
    .action(list)
  addAccessFlags(command)
}

async function list(flags: AccessFlags & FormatFlags): Promise<void> {
  const { clients } = clientFor(flags, process.env)
  try {
    const rows = await Array.fromAsync(clients.list())
    const footer = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'client' : 'clients'}`
    writeRows(rows, { columns: COLUMNS, footer, empty: 'There are no clients.' }, flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
}
