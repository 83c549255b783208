import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CLIENT_ID, CLIENT_SECRET } from './data-folder.ts'

/** `routemeter serve` as a process of its own, as people run it. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string
  readonly token: string
  readonly pid: number
  /** Milliseconds from starting the process until it listened. */
  readonly readyMs: number
}

export async function startServerProcess(data: string): Promise<ServerProcess> {
  const launcher = join(import.meta.dirname, '../packages/cli/bin/routemeter.js')
  const started = performance.now()
  const child = spawn(process.execPath, [launcher, 'serve', '--port', '0', '--data', data], {
    env: {
      ...process.env,
      ROUTEMETER_CLIENT_ID: CLIENT_ID,
      ROUTEMETER_CLIENT_SECRET: CLIENT_SECRET,
      ROUTEMETER_LOG_LEVEL: 'warn',
      ROUTEMETER_RATE_LIMIT_PER_MINUTE: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await readyUrl(child)
  const readyMs = performance.now() - started
  return {
    url,
    token: await tokenOf(url, CLIENT_ID, CLIENT_SECRET),
    pid: child.pid ?? 0,
    readyMs,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** An access token of a client. */
export async function tokenOf(url: string, clientId: string, secret: string): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: secret })
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', body })
  return ((await answer.json()) as { access_token: string }).access_token
}

async function readyUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the server has no standard output')
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^routemeter listening on (\S+)$/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('the server ended before it was ready')
}
