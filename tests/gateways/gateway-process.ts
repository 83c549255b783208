import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe } from 'vitest'

/** Where Debian's packages of these names put their servers; `.ci/run` installs them. */
const PROGRAMS = {
  nginx: '/usr/sbin/nginx',
  haproxy: '/usr/sbin/haproxy',
  caddy: '/usr/bin/caddy',
  apache2: '/usr/sbin/apache2',
  rsyslogd: '/usr/sbin/rsyslogd',
} as const

export type Program = keyof typeof PROGRAMS

/** Tests that need programs of Debian: left out where one is missing, except in CI. */
export function withPrograms(...programs: readonly Program[]) {
  const missing = programs.filter((name) => !isInstalled(name))
  return describe.skipIf(missing.length > 0 && process.env.CI !== 'true')
}

function isInstalled(name: Program): boolean {
  return existsSync(PROGRAMS[name])
}

/** A program that runs as the current user in a folder of its own that goes with it. */
export interface RunningProgram extends AsyncDisposable {
  /** Sends the signal with which the program ends when it has written its last line, and waits. */
  end(signal: NodeJS.Signals): Promise<void>
  signal(signal: NodeJS.Signals): void
}

export interface StartOptions {
  readonly program: Program
  readonly args: readonly string[]
  readonly folder: string
  /** Standard output goes to this file. */
  readonly output?: string
  readonly env?: Readonly<Record<string, string>>
  /** The TCP port that says that it is ready. */
  readonly port?: number
}

const READY_MS = 15_000

/** @throws with what the program wrote to its standard error when it ends before it listens. */
export async function startProgram(options: StartOptions): Promise<RunningProgram> {
  if (!isInstalled(options.program))
    throw new Error(`${PROGRAMS[options.program]} is not installed: see CONTRIBUTING.md`)
  const errors = openSync(join(options.folder, `${options.program}.errors`), 'a')
  const output = options.output === undefined ? errors : openSync(options.output, 'a')
  const child = spawn(PROGRAMS[options.program], [...options.args], {
    cwd: options.folder,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', output, errors],
  })
  const running: RunningProgram = {
    end: (signal) => endProcess(child, signal),
    signal: (signal) => void child.kill(signal),
    [Symbol.asyncDispose]: () => endProcess(child, 'SIGKILL'),
  }
  try {
    if (options.port !== undefined) await listening(child, options.port)
    return running
  } catch (error) {
    await endProcess(child, 'SIGKILL')
    const said = readFileSync(join(options.folder, `${options.program}.errors`), 'utf8')
    throw new Error(`${options.program} did not start: ${said}`, { cause: error })
  } finally {
    closeSync(errors)
    if (output !== errors) closeSync(output)
  }
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + READY_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    if (await accepts(port)) return
    await wait(20)
  }
  throw new Error(`nothing listens on port ${port}`)
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A folder for a gateway, and its removal. */
export function gatewayFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'routemeter-gateway-'))
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

/**
 * A configuration of examples/gateways with other ports and folders in it.
 * @throws when a text that is to be replaced is not in it: then the test would not test the example.
 */
export function exampleWith(example: string, replacements: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(import.meta.dirname, '../../examples/gateways', example), 'utf8')
  return Object.entries(replacements).reduce((config, [from, to]) => {
    if (!config.includes(from)) throw new Error(`${example} has no ${JSON.stringify(from)}`)
    return config.replaceAll(from, to)
  }, text)
}

/** Root's servers drop what root may do; as anybody else they stay who they are. */
export const isRoot = execFileSync('id', ['-u'], { encoding: 'utf8' }).trim() === '0'
