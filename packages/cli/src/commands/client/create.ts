import type { Command } from 'commander'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../../server-access.ts'
import { addClientFlags, type ClientFlags, requestOf } from './client-flags.ts'
import { addSecretFlag, keepingSecret, type SecretFlags } from './secret-file.ts'
import { writeClient } from './shown-client.ts'

interface CreateFlags extends AccessFlags, ClientFlags, SecretFlags {
  readonly id?: string
  readonly json?: boolean
}

/** `routemeter client create` */
export function defineCreate(parent: Command): void {
  const command = parent
    .command('create')
    .description('Make an OAuth client. It may view usage, unless --permissions says more.')
    .argument('<name>')
    .option('--json', 'one JSON object')
  addSecretFlag(command)
  addClientFlags(command)
  command.option('--id <id>', 'of an outside issuer’s client; needs platform:admin').action(create)
  addAccessFlags(command)
}

async function create(name: string, flags: CreateFlags): Promise<void> {
  const { clients } = clientFor(flags, process.env)
  const id = flags.id === undefined ? {} : { id: flags.id }
  const wanted = { authorizedGrantType: 'CLIENT-CREDENTIALS', ...requestOf(flags), ...id, name } as const
  try {
    writeClient(await keepingSecret(flags, () => clients.create(wanted)), flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
}
