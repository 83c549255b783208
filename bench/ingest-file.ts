import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../packages/server/src/demo/random.ts'
import { CLIENT_ID, CLIENT_SECRET, makeDataFolder } from './data-folder.ts'
import { EVENT_CLIENTS, pathOf, ROUTE_TEMPLATES } from './events.ts'
import { atLeast, type Figure, type Measured, thousands } from './figure.ts'
import type { BenchOptions, Part } from './part.ts'
import { debianEnvironment, debianProgram } from './peers/packages.ts'
import { PeerMissing } from './peers/peer.ts'
import { startServerProcess } from './server-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

const BIN = join(import.meta.dirname, '../packages/cli/bin/routemeter.js')
const LINES_A_SECOND = 500
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export const ingestFile: Part = {
  name: 'ingest-file',
  title: 'Reading a log file',
  method:
    '`routemeter ingest` on a log in nginx’s combined format, from starting the command until it has ended and every line is durable, deduplicated and counted by a server on the same cores; raw paths over 2,206 route templates that the organization knows. GoAccess reads the same file.',
  measure,
}

async function measure({ full, peers }: BenchOptions): Promise<Measured> {
  const lines = full ? 2_000_000 : 300_000
  using folder = temporaryFolder()
  const log = join(folder.path, 'access.log')
  writeLog(log, lines)
  const ours = lines / (await ingestSeconds(log, lines))
  const reading = lines / (await commandSeconds(log, ['--dry-run'], {}, lines))
  const megabytes = Math.round(statSync(log).size / 1e6)
  const name = `routemeter ingest, ${lines.toLocaleString('en-US')} lines, ${megabytes} MB`
  return {
    figures: [
      { name, value: `${thousands(ours)} lines/s`, ...againstGoAccess(ours, lines, log, peers) },
      {
        name: 'routemeter ingest --dry-run: reading alone, without a server',
        value: `${thousands(reading)} lines/s`,
        against: '',
      },
    ],
  }
}

function againstGoAccess(ours: number, lines: number, log: string, isWanted: boolean): Omit<Figure, 'name' | 'value'> {
  if (!isWanted) return { against: '', note: 'GoAccess runs with --peers' }
  try {
    const theirs = lines / goAccessSeconds(log, `${log}.json`)
    const ratio = ours / theirs
    const note = 'GoAccess adds up in memory: nothing on disk, no deduplication, no route templates'
    const target = atLeast(3, ratio, ' × GoAccess')
    return { against: `GoAccess 1.7: ${thousands(theirs)} lines/s`, ratio, target, note }
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error
    return { against: '', note: error.message }
  }
}

/** Seconds until a new server has counted all of it. */
async function ingestSeconds(log: string, lines: number): Promise<number> {
  using folder = temporaryFolder()
  await makeDataFolder(folder.path)
  await using server = await startServerProcess(folder.path)
  const env = { ROUTEMETER_URL: server.url, ROUTEMETER_CLIENT_ID: CLIENT_ID, ROUTEMETER_CLIENT_SECRET: CLIENT_SECRET }
  return await commandSeconds(log, ['--state', join(folder.path, 'ingest-state')], env, lines)
}

/** @throws Error unless it accepted every line. */
async function commandSeconds(
  log: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  lines: number,
): Promise<number> {
  const started = performance.now()
  const child = spawn(process.execPath, [BIN, 'ingest', log, '--format', 'nginx', '--json', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await once(child, 'close')
  const seconds = (performance.now() - started) / 1000
  const summary = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '{}') as { accepted?: number }
  if (summary.accepted !== lines) throw new Error(`not every line was counted: ${output}`)
  return seconds
}

function goAccessSeconds(log: string, report: string): number {
  const program = debianProgram('goaccess', 'goaccess')
  const args = [log, '--log-format=COMBINED', '--no-global-config', '--no-progress', '-o', report]
  const started = performance.now()
  execFileSync(program, args, { env: debianEnvironment(), stdio: 'pipe' })
  return (performance.now() - started) / 1000
}

function writeLog(path: string, lines: number): void {
  const random = new Random(1, 'access log')
  const begin = Date.now() - (1000 * lines) / LINES_A_SECOND
  const file = openSync(path, 'w')
  for (let written = 0; written < lines; written += 10_000) {
    let text = ''
    for (let line = written; line < Math.min(lines, written + 10_000); line++) {
      text += logLine(random, begin + (1000 * line) / LINES_A_SECOND)
    }
    writeSync(file, text)
  }
  closeSync(file)
}

function logLine(random: Random, time: number): string {
  const iso = new Date(time).toISOString()
  const day = `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}`
  const user = EVENT_CLIENTS[random.below(EVENT_CLIENTS.length)]
  const request = `${random.below(4) === 0 ? 'POST' : 'GET'} ${pathOf(random.below(ROUTE_TEMPLATES.length), random)} HTTP/1.1`
  const status = random.below(50) === 0 ? 429 : 200
  return `10.${random.below(4)}.3.${random.below(250)} - ${user} [${day}:${iso.slice(11, 19)} +0000] "${request}" ${status} ${200 + random.below(5_000)} "-" "curl/8.0"\n`
}
