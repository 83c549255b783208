import { resolve } from 'node:path'
import { DataFolderProblem, Refusal, resetClient } from '@routemeter/server'
import type { Command } from 'commander'
import { CommandProblem, EXIT } from '../exit-code.ts'

interface ResetFlags {
  readonly data?: string
  readonly json?: boolean
}

/** `routemeter client`: OAuth clients. */
export function define(command: Command): void {
  command
    .command('reset')
    .description('Give a client a new secret. Works on the data folder, without a server.')
    .argument('[clientId]', 'which client; without one the first, the administrator')
    .option('--data <folder>', 'the data folder, or ROUTEMETER_DATA (./data)')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nThe old secret, and the tokens that were got with it, no longer work.')
    .action(reset)
}

async function reset(clientId: string | undefined, flags: ResetFlags): Promise<void> {
  const isTerminal = process.stdout.isTTY === true
  const data = resolve(flags.data ?? (process.env.ROUTEMETER_DATA || './data'))
  try {
    const { secret, secretFile, ...client } = await resetClient({ data, clientId, keepsSecretInFile: !isTerminal })
    const told: Readonly<Record<string, string>> = {
      clientId: client.clientId,
      ...(secretFile === undefined ? { clientSecret: secret } : { clientSecretFile: secretFile }),
    }
    process.stdout.write(flags.json ? `${JSON.stringify(told)}\n` : lines(told))
  } catch (error) {
    if (error instanceof DataFolderProblem) throw new CommandProblem(EXIT.failed, error.message, { cause: error })
    if (error instanceof Refusal) throw new CommandProblem(exitCodeOf(error), error.message, { cause: error })
    throw error
  }
}

function lines(told: Readonly<Record<string, string>>): string {
  return Object.entries(told)
    .map(([name, value]) => `${name.padEnd(18)}${value}\n`)
    .join('')
}

function exitCodeOf({ code }: Refusal) {
  return code === 'not.found' ? EXIT.notFound : EXIT.failed
}
