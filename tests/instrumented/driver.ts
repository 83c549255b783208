import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { RunningServer } from '../running-server.ts'

/** A call that the driver makes of the API of users-api.ts. */
export interface DrivenCall {
  readonly client: string | undefined
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** What it is counted under; undefined where the instrumentation does not tell of it. */
  readonly templateUri: string
  readonly status: number
}

const CLIENTS = ['billing', 'mobile', undefined]
const CALLS = [
  ['GET', '/api/v2/users/7?token=hush', 'api/v2/users/{userId}', 200],
  ['GET', '/api/v2/users/8', 'api/v2/users/{userId}', 200],
  ['POST', '/api/v2/users', 'api/v2/users', 201],
  ['GET', '/limited', 'limited', 429],
  ['GET', '/wp-login.php', '(unmatched)', 404],
] as const

/** A few hundred calls of several clients, in an order that the seed decides. */
export const DRIVEN: readonly DrivenCall[] = Array.from({ length: 300 }, (_, index) => {
  const [method, path, templateUri, status] = CALLS[(index * 7 + (index % 4)) % CALLS.length] ?? CALLS[0]
  return { client: CLIENTS[((index * 5) % 11) % 3], method, path, templateUri, status }
})

export interface Service {
  readonly url: string
  /** Ends it, after it has sent what it still had. */
  stop(): Promise<void>
}

export async function startService(file: string, env: Readonly<Record<string, string>>): Promise<Service> {
  const child = fork(join(import.meta.dirname, file), { env: { ...process.env, ...env } })
  const port = await portOf(child)
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const exited = once(child, 'exit')
      child.send('stop')
      const [code] = await exited
      if (code !== 0) throw new Error(`the service ended with ${code}`)
    },
  }
}

async function portOf(child: ChildProcess): Promise<number> {
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the service ended with ${code}`)))
  ended.catch(() => undefined)
  const [message] = await Promise.race([once(child, 'message'), ended])
  return (message as { port: number }).port
}

/** Makes the calls, some at once. @throws for an answer that is not what the API gives. */
export async function drive(url: string, calls: readonly DrivenCall[]): Promise<void> {
  const left = [...calls]
  const work = async () => {
    for (let call = left.pop(); call !== undefined; call = left.pop()) {
      const headers: Record<string, string> = call.client === undefined ? {} : { 'x-client-id': call.client }
      const answer = await fetch(`${url}${call.path}`, { method: call.method, headers })
      await answer.arrayBuffer()
      if (answer.status !== call.status) throw new Error(`${call.method} ${call.path} was answered ${answer.status}`)
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
}

/** How often there was each client, template, method and class of status; written so that two can be compared. */
export function countsOf(calls: readonly DrivenCall[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { client = '', templateUri, method, status } of calls) {
    const outcome = status === 429 ? 429 : status - (status % 100)
    const key = [client, templateUri, method, outcome].join(' ')
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

/** The same as the server has it. */
export async function countedBy(server: RunningServer): Promise<Readonly<Record<string, number>>> {
  const headers = { authorization: `Bearer ${await server.token()}`, 'content-type': 'application/json' }
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  const query = { interval: `${day}/P2D`, groupBy: ['OAuthClientId', 'TemplateUri', 'HttpMethod'] }
  const body = JSON.stringify(query)
  const submitted = await fetch(`${server.url}/api/v2/usage/query`, { method: 'POST', headers, body })
  const { resultsUri } = (await submitted.json()) as { resultsUri: string }
  for (;;) {
    const answer = (await (await fetch(`${server.url}${resultsUri}`, { headers })).json()) as Result
    if (answer.queryStatus !== 'Running') return Object.fromEntries((answer.results ?? []).flatMap(outcomesOf))
  }
}

interface Row {
  readonly clientId: string
  readonly templateUri: string
  readonly httpMethod: string
  readonly status200: number
  readonly status300: number
  readonly status400: number
  readonly status429: number
  readonly status500: number
}
type Result = { readonly queryStatus: string; readonly results?: readonly Row[] }

function outcomesOf(row: Row): readonly (readonly [string, number])[] {
  const { clientId, templateUri, httpMethod, status200, status300, status400, status429, status500 } = row
  const outcomes = { 200: status200, 300: status300, 400: status400 - status429, 429: status429, 500: status500 }
  return Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => [[clientId, templateUri, httpMethod, outcome].join(' '), count])
}
