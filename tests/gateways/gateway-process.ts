import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, onTestFinished } from 'vitest'

/** Where Debian's packages of these names put their servers; `.ci/run` installs them. */
const PROGRAMS = {
  nginx: '/usr/sbin/nginx',
  haproxy: '/usr/sbin/haproxy',
  caddy: '/usr/bin/caddy',
  apache2: '/usr/sbin/apache2',
  'syslog-ng': '/usr/sbin/syslog-ng',
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

/** A program that runs as the current user, until the test is over. */
export interface RunningProgram {
  /** Sends the signal with which the program ends when it has written its last line, and waits. */
  end(signal: NodeJS.Signals): Promise<void>
  signal(signal: NodeJS.Signals): void
}

export interface StartOptions {
  readonly program: Program
  readonly args: readonly string[]
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** The TCP port that says that it is ready. */
  readonly port?: number
}

const READY_MS = 15_000
const STOP_MS = 5_000

/** No gateway is in UTC here, and none needs the machine to know zones. */
const LOCAL_TIME = 'IST-5:30'
export const LOCAL_ZONE = 'Asia/Kolkata'

/** For machines with a lot to do. */
export const PATIENCE = { timeout: 90_000 }

/** @throws with what the program wrote to its standard error when it ends before it listens. */
export async function startProgram(options: StartOptions): Promise<RunningProgram> {
  if (!isInstalled(options.program))
    throw new Error(`${PROGRAMS[options.program]} is not installed: see CONTRIBUTING.md`)
  const said = join(options.folder, `${options.program}.errors`)
  const errors = openSync(said, 'a')
  const child = spawn(PROGRAMS[options.program], [...options.args], {
    cwd: options.folder,
    env: { ...process.env, TZ: LOCAL_TIME, ...options.env },
    stdio: ['ignore', errors, errors],
  })
  closeSync(errors)
  onTestFinished(() => stopProcess(child))
  try {
    if (options.port !== undefined) await listening(child, options.port)
  } catch (error) {
    throw new Error(`${options.program} did not start: ${readFileSync(said, 'utf8')}`, { cause: error })
  }
  return {
    end: (signal) => endProcess(child, signal),
    signal: (signal) => void child.kill(signal),
  }
}

/** All of them end their workers with it; one that does not end is killed. */
async function stopProcess(child: ChildProcess): Promise<void> {
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await endProcess(child, 'SIGTERM')
  clearTimeout(kill)
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

/** A folder for a gateway; it goes when the test is over. */
export function gatewayFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'routemeter-gateway-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
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
export const isRoot = process.getuid?.() === 0
