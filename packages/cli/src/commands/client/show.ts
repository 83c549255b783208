import type { Command } from 'commander'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../../server-access.ts'
import { writeClient } from './shown-client.ts'

/** `routemeter client show` */
export function defineShow(parent: Command): void {
  const command = parent
    .command('show')
    .description('Show an OAuth client and what it may do.')
    .argument('<clientId>')
    .option('--json', 'one JSON object')
    .action(show)
  addAccessFlags(command)
}

async function show(id: string, flags: AccessFlags & { json?: boolean }): Promise<void> {
  const { clients } = clientFor(flags, process.env)
  try {
    writeClient(await clients.get(id), flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
}
