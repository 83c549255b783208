import { setTimeout as pause } from 'node:timers/promises'
import type { Up } from './server-life.ts'

type Row = Readonly<Record<string, unknown>>

export async function ask(up: Up, path: string, options: { body?: object; token?: string; method?: string } = {}) {
  const answer = await fetch(`${up.url}${path}`, {
    method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
    headers: { authorization: `Bearer ${options.token ?? up.token}`, 'content-type': 'application/json' },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  })
  return { status: answer.status, text: await answer.text() }
}

/** Submits a query or job: where its result will be. */
export async function submit(up: Up, token: string, path: string, body: object): Promise<string> {
  const { status, text } = await ask(up, path, { body, token })
  const { resultsUri } = JSON.parse(text) as { resultsUri?: string }
  if (status !== 202 || resultsUri === undefined) throw new Error(`${path} was answered ${status}: ${text}`)
  return resultsUri
}

/** The state in which an execution ended, with its rows, of all pages. */
export async function result(
  up: Up,
  token: string,
  resultsUri: string,
): Promise<{ state: string; rows: readonly Row[] }> {
  const rows: Row[] = []
  for (let at = resultsUri; ; ) {
    const { status, text } = await ask(up, at, { token })
    if (status !== 200) return { state: `answered ${status}`, rows }
    const page = JSON.parse(text) as { queryStatus: string; results?: Row[]; entities?: Row[]; nextUri?: string }
    if (page.queryStatus === 'Running' || page.queryStatus === 'Queued') {
      await pause(10)
      continue
    }
    rows.push(...(page.results ?? page.entities ?? []))
    if (page.nextUri === undefined) return { state: page.queryStatus, rows }
    at = page.nextUri
  }
}
