import type { Command } from 'commander'
import { CommandProblem, EXIT } from '../../exit-code.ts'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../../server-access.ts'
import { writeFields } from '../client/fields.ts'

interface DeleteFlags extends AccessFlags {
  readonly all?: boolean
  readonly json?: boolean
}

/** `routemeter template delete` */
export function defineDelete(parent: Command): void {
  const command = parent
    .command('delete')
    .description('Delete a route template, or all of them. What was counted under it stays.')
    .argument('[template]', 'in the syntax of any framework')
    .option('--all', 'every route template of the organization')
    .option('--json', 'one JSON object')
    .action(remove)
  addAccessFlags(command)
}

async function remove(template: string | undefined, flags: DeleteFlags): Promise<void> {
  if ((template === undefined) === !flags.all) {
    throw new CommandProblem(EXIT.wrongUsage, 'name a template, or delete all of them with --all')
  }
  const { templates } = clientFor(flags, process.env)
  try {
    if (template === undefined) return writeFields({ deleted: await templates.deleteAll() }, flags)
    await templates.delete(template)
    writeFields({ deleted: template }, flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
}
