import { Agent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Settings } from './settings.ts'

/** An answer of the server, or of something between here and it. */
export interface Answer {
  readonly status: number
  /** Milliseconds that the server asks to wait; undefined where it does not. */
  readonly retryAfterMs: number | undefined
  readonly body: string
}

/** Sends one body of NDJSON. @throws when there is no answer in time, or `signal` aborts. */
export type Post = (body: Buffer, signal: AbortSignal) => Promise<Answer>

/** A receipt with a hundred rejects has some 30 KB; more of another's error page is not read. */
const LONGEST_ANSWER = 2 ** 18
const compress = promisify(gzip)

/**
 * One kept connection, which an idle process does not wait for. node:http and not fetch: what a body costs the service could
 * not be told apart, and fetch opened a second connection.
 */
export function poster(settings: Settings): Post & Disposable {
  const { endpoint, key, timeoutMs } = settings
  const isSecure = endpoint.protocol === 'https:'
  const agent = new (isSecure ? HttpsAgent : Agent)({ keepAlive: true, maxSockets: 1 })
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/x-ndjson',
    'user-agent': 'routemeter-middleware',
    ...(settings.gzip ? { 'content-encoding': 'gzip' } : {}),
  }
  const post: Post = async (lines, signal) => {
    const body = settings.gzip ? await compress(lines) : lines
    const options: RequestOptions = {
      agent,
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    }
    const send = () => exchange(isSecure ? requestHttps : requestHttp, endpoint, options, body)
    try {
      return await send()
    } catch (error) {
      // The server closed the idle connection just when it was used again: nothing is wrong with it.
      if (error instanceof IdleConnectionClosed) return await send()
      throw error
    }
  }
  return Object.assign(post, { [Symbol.dispose]: () => agent.destroy() })
}

class IdleConnectionClosed extends Error {}

function exchange(send: typeof requestHttp, endpoint: URL, options: RequestOptions, body: Buffer): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const request = send(endpoint, options, (response) => {
    bodyOf(response).then(
      (text) => resolve({ status: response.statusCode ?? 0, retryAfterMs: retryAfter(response), body: text }),
      reject,
    )
  })
  request.on('error', (error: NodeJS.ErrnoException) => {
    const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
    reject(isStale ? new IdleConnectionClosed(error.message, { cause: error }) : error)
  })
  request.end(body)
  return promise
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) if (text.length < LONGEST_ANSWER) text += chunk
  return text
}

/** Retry-After is seconds or a date. */
function retryAfter({ headers }: IncomingMessage): number | undefined {
  const value = headers['retry-after']
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}
