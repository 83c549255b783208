import { resolve } from 'node:path'
import type { Refusal } from '@routemeter/server'
import type { Command } from 'commander'
import { CommandProblem, EXIT } from '../../exit-code.ts'
import { writeFields } from './fields.ts'

interface ResetFlags {
  readonly data?: string
  readonly json?: boolean
}

/** `routemeter client reset`: works offline, for whoever has the data folder and no secret any more. */
export function defineReset(command: Command): void {
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
  // The other commands about clients need no server's code, which takes longer to load than they take.
  const { DataFolderProblem, Refusal, resetClient } = await import('@routemeter/server')
  const isTerminal = process.stdout.isTTY === true
  const data = resolve(flags.data ?? (process.env.ROUTEMETER_DATA || './data'))
  try {
    const { secret, secretFile, ...client } = await resetClient({ data, clientId, keepsSecretInFile: !isTerminal })
    const told: Readonly<Record<string, string>> = {
      clientId: client.clientId,
      ...(secretFile === undefined ? { clientSecret: secret } : { clientSecretFile: secretFile }),
    }
    writeFields(told, flags)
  } catch (error) {
    if (error instanceof DataFolderProblem) throw new CommandProblem(EXIT.failed, error.message, { cause: error })
    if (error instanceof Refusal) throw new CommandProblem(exitCodeOf(error), error.message, { cause: error })
    throw error
  }
}

function exitCodeOf({ code }: Refusal) {
  return code === 'not.found' ? EXIT.notFound : EXIT.failed
}
