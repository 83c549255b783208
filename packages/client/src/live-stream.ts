import type { AuthorizedConnection } from './authorized-connection.ts'
import { ConnectionError, UsageApiError, unexpectedAnswer } from './errors.ts'
import type { LiveOptions, LiveUsageEvent } from './live-usage.ts'
import { type ServerSentEvent, serverSentEvents } from './server-sent-events.ts'
import { anyOf, backoffMs, wait } from './waiting.ts'

/** The server says something every 15 seconds; after three times as long nobody is there any more. */
const LONGEST_SILENCE_MS = 45_000
const LONGEST_WAIT_MS = 60_000
const MOST_BACKOFF = 5

/**
 * Live usage as one stream, whatever happens to the connections under it: each goes on where the last one ended. What
 * fails before anything came is thrown; from then on only a refusal is that no waiting helps against.
 */
export async function* liveUsage(
  connection: AuthorizedConnection,
  options: LiveOptions,
): AsyncGenerator<LiveUsageEvent> {
  const { signal } = options
  const path = pathOf(options)
  let place = options.lastEventId
  let hasBegun = false
  for (let failures = 0; ; failures++) {
    let retryAfterMs = 0
    try {
      for await (const { id, event, data } of eventsOf(connection, path, place, signal)) {
        place = id
        hasBegun = true
        failures = 0
        if (data !== undefined) yield liveEvent(event, id, data)
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (!hasBegun || !isPassing(error)) throw error
      retryAfterMs = error instanceof UsageApiError ? (error.retryAfter ?? 0) * 1000 : 0
    }
    const backoff = backoffMs(Math.min(failures, MOST_BACKOFF))
    await wait(Math.min(Math.max(backoff, retryAfterMs), LONGEST_WAIT_MS), signal)
  }
}

function pathOf({ groupBy = [], filters = {} }: LiveOptions): string {
  const query = new URLSearchParams()
  for (const dimension of groupBy) query.append('groupBy', dimension)
  for (const [dimension, values] of Object.entries(filters)) {
    for (const value of values ?? []) query.append('filter', `${dimension}:${value}`)
  }
  return query.size === 0 ? '/v1/usage/live' : `/v1/usage/live?${query}`
}

/** The events of one connection. @throws ConnectionError when it breaks, or is silent for too long. */
async function* eventsOf(
  connection: AuthorizedConnection,
  path: string,
  place: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<ServerSentEvent> {
  const silence = new AbortController()
  const giveUp = () => silence.abort(new ConnectionError(path, 'the stream has gone silent'))
  let timer = setTimeout(giveUp, LONGEST_SILENCE_MS)
  const headers = { accept: 'text/event-stream', ...(place === undefined ? {} : { 'last-event-id': place }) }
  try {
    const both = anyOf(signal, silence.signal)
    const { body } = await connection.open({
      method: 'GET',
      path,
      headers,
      isSafe: true,
      isEndless: true,
      signal: both,
    })
    if (body === null) throw unexpectedAnswer('a stream of events')
    for await (const event of serverSentEvents(body)) {
      clearTimeout(timer)
      timer = setTimeout(giveUp, LONGEST_SILENCE_MS)
      yield event
    }
  } finally {
    clearTimeout(timer)
  }
}

function liveEvent(event: string, id: string, data: string): LiveUsageEvent {
  if (event !== 'usage' && event !== 'reset') throw unexpectedAnswer('a live event')
  return { event, id, ...(JSON.parse(data) as object) } as LiveUsageEvent
}

/** Not a refusal that the next request would get too. */
function isPassing(error: unknown): boolean {
  if (error instanceof UsageApiError) return error.status === 429 || error.status >= 500
  // What a body that breaks off is rejected with differs from runtime to runtime.
  return error instanceof ConnectionError || error instanceof TypeError || error instanceof DOMException
}
