import { Command, CommanderError } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { COMMANDS } from './commands.ts'
import { CommandEnd, CommandProblem, EXIT, type ExitCode } from './exit-code.ts'
import { harmless } from './output/harmless.ts'

/** Runs one command line, without the program's name, and says how it ended. Nothing is thrown. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  // Whoever reads our output may stop, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  try {
    const program = await programFor(args)
    await program.parseAsync(args, { from: 'user' })
    return EXIT.done
  } catch (error) {
    return endOf(error)
  }
}

async function programFor(args: readonly string[]): Promise<Command> {
  const program = new Command('routemeter')
    .description('Routemeter meters API calls and answers who called what, how often, and how it went.')
    .version(manifest.version)
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    .showHelpAfterError('(routemeter --help lists what there is)')
  for (const { name, summary, load } of COMMANDS) {
    const command = program.command(name).summary(summary).description(summary)
    command.showHelpAfterError(`(routemeter ${name} --help lists what there is)`)
    // Only the command that is named is loaded: the server's settings take longer to load than a query takes.
    if (args.includes(name)) (await load()).define(command)
  }
  return program
}

function endOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage
  if (error instanceof CommandEnd) return error.exitCode
  if (error instanceof CommandProblem) {
    console.error(`error: ${harmless(error.message)}`)
    return error.exitCode
  }
  console.error('error: this should not have happened:', error)
  return EXIT.failed
}
