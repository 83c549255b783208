import { Agent } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { ORGANIZATION_ID } from '../data-folder.ts'
import { call } from '../http-call.ts'
import { type ServerProcess, tokenOf } from '../server-process.ts'
import type { Question } from './questions.ts'
import { SMALL_ID } from './rollups.ts'

/** Polling without a pause would take the core that the query needs. */
const POLL_MS = 2

/** Milliseconds from submitting a question over HTTP until its result was there, many times in turn. */
export async function timeOverHttp(
  { url, token }: ServerProcess,
  small: { readonly clientId: string; readonly secret: string },
  questions: readonly Question[],
  repeats: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const agent = new Agent({ keepAlive: true })
  const tokens = new Map([
    [ORGANIZATION_ID, token],
    [SMALL_ID, await tokenOf(url, small.clientId, small.secret)],
  ])
  const times = new Map<string, number[]>(questions.map(({ name }) => [name, []]))
  for (let repeat = -2; repeat < repeats; repeat++) {
    for (const { name, http, organization } of questions) {
      if (http === undefined) continue
      const started = performance.now()
      await askAndWait(agent, url, tokens.get(organization.organizationId) ?? '', http)
      if (repeat >= 0) times.get(name)?.push(performance.now() - started)
    }
  }
  agent.destroy()
  return times
}

async function askAndWait(agent: Agent, url: string, token: string, { path, body }: { path: string; body: object }) {
  const submitted = await call(agent, 'POST', url + path, token, JSON.stringify(body))
  const { resultsUri } = JSON.parse(submitted) as { resultsUri?: string }
  if (resultsUri === undefined) throw new Error(`the query was not taken: ${submitted}`)
  for (;;) {
    const answer = await call(agent, 'GET', url + resultsUri, token)
    if (/"queryStatus":"(Complete|Succeeded)"/.test(answer)) return
    if (!/"queryStatus":"(Running|Queued)"/.test(answer)) throw new Error(`the query ended with ${answer}`)
    await setTimeout(POLL_MS)
  }
}
