import type { Command } from 'commander'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../../server-access.ts'
import { writeFields } from './fields.ts'

/** `routemeter client delete` */
export function defineDelete(parent: Command): void {
  const command = parent
    .command('delete')
    .description('Delete an OAuth client and end its tokens. What it called stays counted.')
    .argument('<clientId>')
    .option('--json', 'one JSON object')
    .action(remove)
  addAccessFlags(command)
}

async function remove(id: string, flags: AccessFlags & { json?: boolean }): Promise<void> {
  const { clients } = clientFor(flags, process.env)
  try {
    await clients.delete(id)
    writeFields({ deleted: id }, flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
}
