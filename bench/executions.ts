import { Agent } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { CLIENT_ID } from './data-folder.ts'
import { eventBodies } from './events.ts'
import { atMost, type Figure } from './figure.ts'
import { call } from './http-call.ts'
import { forgetPeak, memoryOf, mib } from './memory.ts'
import type { Part } from './part.ts'
import { type ServerProcess, startServerProcess, tokenOf } from './server-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ORGANIZATIONS = 4
const QUERIES = 1_000
const CONNECTIONS = 100
const ROWS = 500_000
const READERS = 4
const ROWS_A_BODY = 20_000
const POLL_MS = 20
/** A thousand pollers without a pause would take the cores that the queries need. */
const POLL_AMONG_MANY_MS = 1_000
/** A reader that takes nothing for so long, in the middle of an answer. */
const PAUSE_MS = 2_000

export const executions: Part = {
  name: 'executions',
  title: 'Many queries, large results',
  method: 'Memory of the server’s process, over HTTP.',
  measure: async () => ({ figures: [await benchManyExecutions(), await benchLargeResult()] }),
}

/** A thousand queries submitted at once through several organizations: all answered, and what memory that takes. */
async function benchManyExecutions(): Promise<Figure> {
  using folder = temporaryFolder()
  await using server = await startServerProcess(folder.path)
  const tokens = await Promise.all(Array.from({ length: ORGANIZATIONS }, () => newOrganization(server)))
  await Promise.all(tokens.map((token, index) => sendEvents(server.url, token, index)))
  const before = memoryOf(server.pid).now
  forgetPeak(server.pid)
  const started = performance.now()
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const ask = (_: unknown, index: number) => askAndWait(server.url, agent, tokens[index % ORGANIZATIONS] ?? '')
  const submitTimes = await Promise.all(Array.from({ length: QUERIES }, ask))
  const seconds = (performance.now() - started) / 1000
  agent.destroy()
  const { peak } = memoryOf(server.pid)
  return {
    name: `${QUERIES.toLocaleString('en-US')} queries submitted at once over HTTP by ${ORGANIZATIONS} organizations, polled until Complete`,
    value: `all taken after ${(Math.max(...submitTimes) / 1000).toFixed(1)} s, all Complete after ${seconds.toFixed(1)} s; peak memory ${mib(peak)}`,
    against: `the server’s memory before: ${mib(before)}`,
    ratio: peak / before,
    target: atMost(2, peak / before),
  }
}

/** A result of half a million rows, read over HTTP by several that pause: memory beside the size of the answers. */
async function benchLargeResult(): Promise<Figure> {
  using folder = temporaryFolder()
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  await sendUsers(folder.path, day)
  await using server = await startServerProcess(folder.path)
  const baseline = memoryOf(server.pid).now
  forgetPeak(server.pid)
  const uri = await submitByUser(server, day)
  const run = memoryOf(server.pid)
  forgetPeak(server.pid)
  const started = performance.now()
  const answers = await Promise.all(Array.from({ length: READERS }, () => readSlowly(server, uri)))
  const seconds = (performance.now() - started) / 1000
  const { peak } = memoryOf(server.pid)
  if (answers.some(({ rows }) => rows !== ROWS)) throw new Error('rows are missing')
  const bytes = answers.reduce((sum, answer) => sum + answer.bytes, 0)
  return {
    name: `a client query of ${ROWS.toLocaleString('en-US')} rows, read over HTTP by ${READERS} readers at once, each with a pause of ${PAUSE_MS / 1000} s, in ${seconds.toFixed(1)} s`,
    value: `memory after the start ${mib(baseline)}, peak while it was run and kept ${mib(run.peak)}, before reading ${mib(run.now)}, peak while it was read ${mib(peak)}: ${mib(peak - run.now)} more`,
    against: `the answers: ${mib(bytes)} of JSON`,
    ratio: (peak - run.now) / bytes,
    target: atMost(0.5, (peak - run.now) / bytes),
  }
}

/** The token of a new organization's administrator. */
async function newOrganization({ url, token }: ServerProcess): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const made = await fetch(`${url}/v1/organizations`, { method: 'POST', headers, body: '{"name":"Bench"}' })
  const { client } = (await made.json()) as { client: { id: string; secret: string } }
  return tokenOf(url, client.id, client.secret)
}

async function sendEvents(url: string, token: string, seed: number): Promise<void> {
  for (const body of eventBodies({ bodies: 5, eventsEach: 5_000, until: Date.now(), seed: seed + 1 }))
    await send(url, token, body)
}

async function send(url: string, token: string, body: Buffer | string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' }
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body })
  if (answer.status !== 200) throw new Error(`events were not taken: ${await answer.text()}`)
}

/** Submits a query and polls until it is Complete. @returns when it was taken, milliseconds after it was sent. */
async function askAndWait(url: string, agent: Agent, token: string): Promise<number> {
  const started = performance.now()
  const today = new Date().toISOString().slice(0, 10)
  const query = { interval: `2020-01-01/${today}`, granularity: 'Day', groupBy: ['OAuthClientId', 'HttpMethod'] }
  const submitted = await call(agent, 'POST', `${url}/api/v2/usage/query`, token, JSON.stringify(query))
  const { resultsUri } = JSON.parse(submitted) as { resultsUri?: string }
  if (resultsUri === undefined) throw new Error(`the query was not taken: ${submitted}`)
  const taken = performance.now() - started
  for (;;) {
    const answer = await call(agent, 'GET', `${url}${resultsUri}`, token)
    if (answer.endsWith('"queryStatus":"Complete"}')) return taken
    if (answer !== '{"queryStatus":"Running"}') throw new Error(`the query ended with ${answer}`)
    await setTimeout(POLL_AMONG_MANY_MS)
  }
}

/** One call of the bench's own client for each of half a million users. */
async function sendUsers(folder: string, day: string): Promise<void> {
  await using server = await startServerProcess(folder)
  for (let first = 0; first < ROWS; first += ROWS_A_BODY) {
    const lines = Array.from({ length: ROWS_A_BODY }, (_, index) =>
      JSON.stringify({
        time: `${day}T12:00:00Z`,
        clientId: CLIENT_ID,
        userId: `user-${String(first + index).padStart(7, '0')}-of-the-large-result`,
        method: 'GET',
        templateUri: 'api/v2/users/{userId}/presences/{sourceId}',
        status: 200,
      }),
    )
    await send(server.url, server.token, lines.join('\n'))
  }
}

/** @returns where the result is, once it is complete. */
async function submitByUser({ url, token }: ServerProcess, day: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ interval: `${day}/${day}`, granularity: 'Day', groupBy: ['UserId', 'TemplateUri'] })
  const path = `${url}/api/v2/oauth/clients/${CLIENT_ID}/usage/query`
  const submitted = await fetch(path, { method: 'POST', headers, body })
  const { resultsUri } = (await submitted.json()) as { resultsUri: string }
  for (;;) {
    const answer = await fetch(`${url}${resultsUri}`, { headers })
    const reader = answer.body?.getReader()
    const first = Buffer.from((await reader?.read())?.value ?? []).toString()
    await reader?.cancel()
    if (first.startsWith('{"results":[')) return resultsUri
    if (first !== '{"queryStatus":"Running"}') throw new Error(`the query ended with ${first.slice(0, 200)}`)
    await setTimeout(POLL_MS)
  }
}

async function readSlowly({ url, token }: ServerProcess, uri: string): Promise<{ bytes: number; rows: number }> {
  const answer = await fetch(`${url}${uri}`, { headers: { authorization: `Bearer ${token}` } })
  let [bytes, rows, end, hasPaused] = [0, 0, '', false]
  for await (const chunk of answer.body ?? []) {
    if (!hasPaused && bytes > 1_000_000) {
      hasPaused = true
      await setTimeout(PAUSE_MS)
    }
    bytes += chunk.length
    const part = end + Buffer.from(chunk).toString('latin1')
    rows += part.split('"requests":').length - 1
    end = part.slice(-'"requests":'.length + 1)
  }
  if (!end.endsWith('omplete"}')) throw new Error(`the answer broke off: ${end}`)
  return { bytes, rows }
}
