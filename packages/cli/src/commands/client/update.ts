import type { Command } from 'commander'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../../server-access.ts'
import { addClientFlags, type ClientFlags, requestOf } from './client-flags.ts'
import { writeClient } from './shown-client.ts'

interface UpdateFlags extends AccessFlags, ClientFlags {
  readonly name?: string
  readonly json?: boolean
}

/** `routemeter client update`: what no flag names stays as it is. */
export function defineUpdate(parent: Command): void {
  const command = parent
    .command('update')
    .description('Change an OAuth client. One that is disabled loses its tokens at once.')
    .argument('<clientId>')
    .option('--json', 'one JSON object')
  addClientFlags(command)
  command.option('--name <name>', 'what it is called').action(update)
  addAccessFlags(command)
}

async function update(id: string, flags: UpdateFlags): Promise<void> {
  const { clients } = clientFor(flags, process.env)
  const name = flags.name === undefined ? {} : { name: flags.name }
  try {
    const before = await clients.get(id)
    writeClient(await clients.update(id, { ...before, ...requestOf(flags), ...name }), flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
}
