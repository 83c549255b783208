import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RoutemeterClient } from '@routemeter/client'
import type { RunningServer } from '../running-server.ts'
import type { Counts } from './access-log.ts'

const BIN = join(import.meta.dirname, '../../packages/cli/bin/routemeter.js')

/** For a server that is asked for its counts again and again. */
export const WITHOUT_LIMITS = {
  ROUTEMETER_RATE_LIMIT_PER_MINUTE: '0',
  ROUTEMETER_ORGANIZATION_RATE_LIMIT_PER_MINUTE: '0',
}

/** How a command ended, and what it wrote. */
export interface IngestEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** An organization of its own, a folder for logs, and the state that one user's commands leave behind. */
export interface Installation extends AsyncDisposable {
  readonly server: RunningServer
  readonly folder: string
  /** Starts `routemeter ingest ARGS` in the folder. */
  start(args: readonly string[]): ChildProcess
  /** Runs it to its end, with this as its standard input. */
  ingest(args: readonly string[], input?: string | Buffer): Promise<IngestEnd>
  /** What the server has counted. */
  counts(): Promise<Counts>
  total(): Promise<number>
}

/** @param url where the commands think that the server is. */
export async function install(server: RunningServer, url = server.url): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-ingest-'))
  const { id: clientId, secret: clientSecret } = await newClient(server)
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    ROUTEMETER_URL: url,
    ROUTEMETER_CLIENT_ID: clientId,
    ROUTEMETER_CLIENT_SECRET: clientSecret,
  }
  const start = (args: readonly string[]) =>
    spawn(process.execPath, [BIN, 'ingest', ...args], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] })
  const client = new RoutemeterClient({ url: server.url, clientId, clientSecret })
  const rows = () =>
    client.usage.query({
      interval: '2026-09/2026-12',
      groupBy: ['UserId', 'HttpMethod'],
      metrics: ['Requests', 'Status200', 'Status400', 'Status500'],
    })
  return {
    server,
    folder,
    start,
    async ingest(args, input) {
      const child = start(args)
      child.stdin?.end(input)
      return ended(child)
    },
    async counts() {
      const counts: Record<string, number> = {}
      for (const row of await rows()) {
        const classes = { '2xx': row.status200, '4xx': row.status400, '5xx': row.status500 }
        for (const [name, count = 0] of Object.entries(classes)) {
          if (count > 0) counts[`${row.userId} ${row.httpMethod} ${name}`] = count
        }
      }
      return counts
    },
    async total() {
      return (await rows()).reduce((sum, { requests = 0 }) => sum + requests, 0)
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The administrator client of a new organization. */
async function newClient(server: RunningServer): Promise<{ readonly id: string; readonly secret: string }> {
  const answer = await fetch(`${server.url}/v1/organizations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await server.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Logs' }),
  })
  const { client } = (await answer.json()) as { client: { id: string; secret: string } }
  return client
}

export async function ended(child: ChildProcess): Promise<IngestEnd> {
  let [stdout, stderr] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}

/** The summary that a command wrote. */
export function summaryOf({ stdout, stderr }: IngestEnd): Record<string, unknown> {
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  if (!last.startsWith('{')) throw new Error(`there is no summary: ${stdout}${stderr}`)
  return JSON.parse(last) as Record<string, unknown>
}

/** Waits until something holds, asked again and again. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50))
}
