import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The program as it is installed; for tests. */
export const BIN = fileURLToPath(new URL('../bin/routemeter.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  /** The only variables there are, beside PATH. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Which Node starts it. */
  readonly node?: string
}

/** Starts `routemeter ARGS` with pipes for its output. */
export function startCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  const { env = {}, cwd, node = process.execPath } = options
  return spawn(node, [BIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs `routemeter ARGS` to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  return ended(startCli(args, options))
}

/** Waits for a process to end and its output to be read. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(child, 'close')
  return { code: child.exitCode, signal: child.signalCode, stdout, stderr }
}

/** A Node that cannot run Routemeter itself, if this machine has one. */
export const oldNode: string | undefined = (process.env.PATH ?? '')
  .split(delimiter)
  .concat('/usr/local/bin', '/usr/bin')
  .map((folder) => join(folder, 'node'))
  .find((path) => existsSync(path) && isOld(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout))

/** Starts the program there, or, on a machine without one, as usual. */
export const ON_OLD_NODE: CliOptions = oldNode === undefined ? {} : { node: oldNode }

export function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number)
  return major < 24 || (major === 24 && minor < 18)
}
