import { type RunningServer, startRoutemeter } from '../running-server.ts'

/** What Routemeter answers for a client, a method and a template. */
export interface Counted {
  readonly requests: number
  readonly status200: number
  readonly status300: number
  readonly status400: number
  readonly status429: number
  readonly status500: number
}

/** For tests: a real Routemeter as a process of its own, with an ingest key. */
export interface TestRoutemeter extends AsyncDisposable {
  readonly server: RunningServer
  readonly url: string
  readonly key: string
  /** All that is counted, by `client METHOD template`. */
  counts(): Promise<Readonly<Record<string, Counted>>>
  /** The sum of all calls. */
  total(): Promise<number>
}

export async function openRoutemeter(options: Parameters<typeof startRoutemeter>[0] = {}): Promise<TestRoutemeter> {
  const server = await startRoutemeter({ ...options, args: ['--rate-limit-per-minute', '0', ...(options.args ?? [])] })
  const headers = { authorization: `Bearer ${await server.token()}`, 'content-type': 'application/json' }
  const post = (path: string, body: object) =>
    fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const { key } = (await (await post('/v1/ingest-keys', { name: 'middleware' })).json()) as { key: string }

  const counts = async () => {
    const query = { interval: interval(), groupBy: ['OAuthClientId', 'HttpMethod', 'TemplateUri'] }
    const { resultsUri } = (await (await post('/api/v2/usage/query', query)).json()) as { resultsUri: string }
    for (;;) {
      const answer = (await (await fetch(`${server.url}${resultsUri}`, { headers })).json()) as Answer
      if (answer.queryStatus === 'Running') continue
      return Object.fromEntries(
        answer.results.map(({ clientId, httpMethod, templateUri, ...row }) => {
          const { requests, status200, status300, status400, status429, status500 } = row
          const counted = { requests, status200, status300, status400, status429, status500 }
          return [`${clientId} ${httpMethod} ${templateUri}`, counted]
        }),
      )
    }
  }
  return {
    server,
    url: server.url,
    key,
    counts,
    total: async () => Object.values(await counts()).reduce((sum, { requests }) => sum + requests, 0),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

type Answer =
  | { readonly queryStatus: 'Running' }
  | {
      readonly queryStatus: 'Complete'
      readonly results: readonly (Counted & { clientId: string; httpMethod: string; templateUri: string })[]
    }

/** Yesterday to tomorrow: a test may run over midnight. */
function interval(): string {
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  return `${day(-1)}/${day(1)}`
}
