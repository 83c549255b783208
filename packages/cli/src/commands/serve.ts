import { fileURLToPath } from 'node:url'
import { DataFolderProblem, startServer } from '@routemeter/server'
import type { Command } from 'commander'
import { CommandProblem, EXIT } from '../exit-code.ts'
import { addSettingFlags, settingsFor } from '../setting-flags.ts'

/** What vite makes of packages/dashboard; `serve` serves what is there and builds nothing (decisions.md 24). */
const DASHBOARD_FOLDER = fileURLToPath(new URL('../../../dashboard/dist', import.meta.url))

/** `routemeter serve`: runs the server until it is told to stop. */
export function define(command: Command): void {
  command
    .description('Run the server. SIGTERM and Ctrl-C stop it after requests under way are finished.')
    .action(() => serve(command))
  addSettingFlags(command)
}

async function serve(command: Command): Promise<void> {
  const { config } = settingsFor(command)
  const stopped = stopSignal()
  try {
    const server = await startServer(config, { dashboardFolder: DASHBOARD_FOLDER })
    await stopped
    await server.stop()
  } catch (error) {
    throw startProblem(error, `${config.host}:${config.port}`) ?? error
  }
}

/**
 * Resolves when the process is told to stop, also while it is starting. Told again within a second it goes on
 * stopping: a Ctrl-C comes twice where a launcher passes it on. Told again later, it ends at once.
 */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let since: number | undefined
    const tell = () => {
      since ??= performance.now()
      if (performance.now() - since > 1_000) process.exit(EXIT.failed)
      resolve()
    }
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, tell)
  })
}

/** What the user can do about a start that failed; undefined for what is our own fault. */
function startProblem(error: unknown, address: string): CommandProblem | undefined {
  if (error instanceof DataFolderProblem) return new CommandProblem(EXIT.failed, error.message, { cause: error })
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const reason = LISTEN_PROBLEMS[String(code)]
  if (reason === undefined) return undefined
  return new CommandProblem(EXIT.failed, `cannot listen on ${address}: ${reason}`, { cause: error })
}

const LISTEN_PROBLEMS: Readonly<Record<string, string | undefined>> = {
  EADDRINUSE: 'something listens there already; choose another place with --port',
  EADDRNOTAVAIL: 'this machine has no such address; choose another with --host',
  EACCES: 'this user may not listen there; choose another place with --port',
  ENOTFOUND: 'there is no host of that name; choose another with --host',
}
