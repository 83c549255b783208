import { type Command, InvalidArgumentError } from 'commander'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../../server-access.ts'
import { writeFields } from '../client/fields.ts'

interface TryFlags extends AccessFlags {
  readonly status?: number
  readonly json?: boolean
}

/** `routemeter template try` */
export function defineTry(parent: Command): void {
  const command = parent
    .command('try')
    .description('Show what a call of a path would be counted under. Nothing is counted.')
    .argument('<path>', 'as a log has it')
    .option('--status <code>', 'the call’s HTTP status (200)', status)
    .option('--json', 'one JSON object')
    .action(tryPath)
  addAccessFlags(command)
}

async function tryPath(path: string, flags: TryFlags): Promise<void> {
  const { templates } = clientFor(flags, process.env)
  try {
    const resolved = await templates.try(path, flags.status === undefined ? {} : { status: flags.status })
    if (flags.json) return writeFields(resolved, flags)
    writeFields({ path: resolved.path, [resolved.matched ? 'template' : 'no template']: resolved.templateUri }, flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
}

function status(text: string): number {
  if (!/^[1-5]\d\d$/.test(text)) throw new InvalidArgumentError(`${JSON.stringify(text)} is no HTTP status.`)
  return Number(text)
}
