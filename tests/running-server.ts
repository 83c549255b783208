import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** `routemeter serve` as a process of its own, on a free port and a data folder that goes with it. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly data: string
  readonly clientId: string
  readonly clientSecret: string
  readonly process: ChildProcess
  /** A new access token of the administrator client. */
  token(): Promise<string>
  /** Posts events as NDJSON with the administrator's token; the receipt. */
  send(events: readonly object[]): Promise<{ accepted: number; duplicates: number; rejected: number }>
}

export const clientId = '11111111-2222-4333-8444-555555555555'
export const clientSecret = 'a-secret-that-only-tests-know'
const launcher = join(import.meta.dirname, '../packages/cli/bin/routemeter.js')

export async function startRoutemeter(
  options: { args?: readonly string[]; env?: Readonly<Record<string, string>>; data?: string } = {},
): Promise<RunningServer> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'routemeter-'))
  const child = spawnRoutemeter(data, options)
  const url = await readyUrl(child)
  return {
    url,
    port: Number(new URL(url).port),
    data,
    clientId,
    clientSecret,
    process: child,
    token: () => accessToken(url, clientId, clientSecret),
    send: async (events) => sendEvents(url, await accessToken(url, clientId, clientSecret), events),
    async [Symbol.asyncDispose]() {
      await stop(child)
      if (options.data === undefined) rmSync(data, { recursive: true, force: true })
    },
  }
}

/** The process alone: `readyUrl` says when it listens. Its standard error is ours unless the caller wants to read it. */
export function spawnRoutemeter(
  data: string,
  options: {
    args?: readonly string[]
    env?: Readonly<Record<string, string>>
    errors?: 'inherit' | 'pipe'
    /** What runs it instead of Node alone, such as `setpriv` with its arguments. */
    under?: readonly string[]
  } = {},
): ChildProcess {
  const serve = [launcher, 'serve', '--port', '0', '--data', data, ...(options.args ?? [])]
  const [command = process.execPath, ...rest] = [...(options.under ?? []), process.execPath, ...serve]
  return spawn(command, rest, {
    env: {
      ...process.env,
      ROUTEMETER_CLIENT_ID: clientId,
      ROUTEMETER_CLIENT_SECRET: clientSecret,
      ROUTEMETER_LOG_LEVEL: 'warn',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', options.errors ?? 'inherit'],
  })
}

/** Where it listens, once it does. @throws when it ends before. */
export async function readyUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the server has no standard output')
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^routemeter listening on (\S+)$/.exec(line)?.[1]
    if (url !== undefined) {
      child.stdout.resume()
      return url
    }
  }
  throw new Error(`the server ended before it was ready: ${child.exitCode}`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

export async function accessToken(url: string, id: string, secret: string): Promise<string> {
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const body = (await answer.json()) as { access_token?: string }
  if (body.access_token === undefined) throw new Error(`no token: ${answer.status} ${JSON.stringify(body)}`)
  return body.access_token
}

async function sendEvents(url: string, token: string, events: readonly object[]) {
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    body: events.map((event) => JSON.stringify(event)).join('\n'),
  })
  if (answer.status !== 200) throw new Error(`events were not taken: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as { accepted: number; duplicates: number; rejected: number }
}
