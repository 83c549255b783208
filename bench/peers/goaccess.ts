import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { type EventPlan, eventLines } from '../events.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { debianEnvironment, debianProgram } from './packages.ts'
import type { IngestPeer } from './peer.ts'

interface Event {
  readonly time: string
  readonly clientId: string
  readonly userId: string
  readonly method: string
  readonly path: string
  readonly status: number
}

export const GOACCESS: IngestPeer = {
  name: 'GoAccess 1.7',
  caveat:
    'reads a finished file on one core and adds up in memory: no HTTP, nothing on disk, no deduplication, no route templates, no durations',
  async measure(events) {
    const program = debianProgram('goaccess', 'goaccess')
    using folder = temporaryFolder()
    const log = join(folder.path, 'access.log')
    for (let body = 0; body < events.bodies; body++) appendFileSync(log, logLines(events, body))
    const report = join(folder.path, 'report.json')
    const args = [
      log,
      '--log-format=COMBINED',
      '--no-ip-validation',
      '--no-global-config',
      '--no-progress',
      '-o',
      report,
    ]
    const started = performance.now()
    execFileSync(program, args, { env: debianEnvironment(), stdio: 'pipe' })
    const seconds = (performance.now() - started) / 1000
    return (events.bodies * events.eventsEach) / seconds
  },
}

/** The calls as combined log lines: the client where an address would stand. */
function logLines(plan: EventPlan, body: number): string {
  const lines = eventLines(plan, body).map((line) => {
    const { time, clientId, userId, method, path, status }: Event = JSON.parse(line)
    return `${clientId} - ${userId} [${logTime(time)}] "${method} ${path} HTTP/1.1" ${status} 0 "-" "-"\n`
  })
  return lines.join('')
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `24/Nov/2026:12:15:59 +0000` */
function logTime(time: string): string {
  return `${time.slice(8, 10)}/${MONTHS[Number(time.slice(5, 7)) - 1]}/${time.slice(0, 4)}:${time.slice(11, 19)} +0000`
}
