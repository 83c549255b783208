import type { Command } from 'commander'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../../server-access.ts'
import { addSecretFlag, keepingSecret, type SecretFlags } from './secret-file.ts'
import { writeClient } from './shown-client.ts'

/** `routemeter client secret` */
export function defineSecret(parent: Command): void {
  const command = parent
    .command('secret')
    .description('Give an OAuth client a new secret. The old one and its tokens die at once.')
    .argument('<clientId>')
    .option('--json', 'one JSON object')
  addSecretFlag(command)
  command.action(renew)
  addAccessFlags(command)
}

async function renew(id: string, flags: AccessFlags & SecretFlags & { json?: boolean }): Promise<void> {
  const { clients } = clientFor(flags, process.env)
  try {
    writeClient(await keepingSecret(flags, () => clients.renewSecret(id)), flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
}
