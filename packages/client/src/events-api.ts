import type { AuthorizedConnection } from './authorized-connection.ts'
import { ConnectionError, UsageApiError, unexpectedAnswer } from './errors.ts'
import type { CallOptions } from './usage-api.ts'
import type { EventsReceipt, UsageEvent } from './usage-event.ts'
import { backoffMs, wait } from './waiting.ts'

export interface SendOptions extends CallOptions {
  /**
   * For how long events that do not reach the server, or that it cannot take now (429, 500, 502, 503, 504), are sent
   * again, in milliseconds from the first failure.
   * @default 0
   */
  readonly patienceMs?: number
  /** Is told before each wait. */
  readonly onWait?: (cause: ConnectionError | UsageApiError, delayMs: number) => void
  /** Asks for `unmatched` in the receipt. */
  readonly unmatched?: boolean
  /** How a body given as bytes is compressed. */
  readonly encoding?: 'gzip' | 'zstd'
}

/** Statuses after which nothing has been counted, or what has been is recognized. */
const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504])

/** Sending usage events. */
export class EventsApi {
  readonly #connection: AuthorizedConnection

  constructor(connection: AuthorizedConnection) {
    this.#connection = connection
  }

  /**
   * Sends events and answers when the accepted ones are durable and counted. Events with ids count once, however often
   * they are sent; without ids they may count twice after a connection broke.
   * @param events or a body of NDJSON, one event a line, as text or bytes; at most 16 MiB.
   * @returns a receipt also when none of them could be used.
   * @throws UsageApiError when the server refuses the body, ConnectionError when it cannot be reached, both after
   * `patienceMs`; the signal's reason when it aborts.
   * @example
   * const { accepted } = await client.events.send([
   *   { id: 'call-1', time: Date.now(), clientId: 'app', method: 'GET', path: '/api/v2/users/me', status: 200 },
   * ])
   */
  async send(
    events: readonly UsageEvent[] | string | Uint8Array<ArrayBuffer>,
    options: SendOptions = {},
  ): Promise<EventsReceipt> {
    const request = requestOf(events, options)
    let failedAt: number | undefined
    for (let retries = 0; ; retries++) {
      try {
        return asReceipt(await this.#connection.send(request))
      } catch (error) {
        failedAt ??= Date.now()
        const delay = delayAfter(error, retries)
        const left = (options.patienceMs ?? 0) - (Date.now() - failedAt)
        if (delay === undefined || delay > left) throw error
        options.onWait?.(error as ConnectionError | UsageApiError, delay)
        await wait(delay, options.signal)
      }
    }
  }
}

function requestOf(events: readonly UsageEvent[] | string | Uint8Array<ArrayBuffer>, options: SendOptions) {
  const { encoding, signal, unmatched } = options
  const body =
    typeof events === 'string' || events instanceof Uint8Array
      ? events
      : events.map((event) => `${JSON.stringify(event)}\n`).join('')
  return {
    method: 'POST',
    path: unmatched ? '/v1/events?unmatched=true' : '/v1/events',
    headers: {
      'content-type': 'application/x-ndjson',
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    },
    body,
    isSafe: true,
    // A body of which nothing can be used is answered with a 400 that has the receipt in it (api.md §3).
    isAnswer: isReceipt,
    signal,
  } as const
}

function delayAfter(error: unknown, retries: number): number | undefined {
  if (error instanceof ConnectionError) return backoffMs(retries)
  if (!(error instanceof UsageApiError) || !PASSING.has(error.status)) return undefined
  return error.retryAfter === undefined ? backoffMs(retries) : error.retryAfter * 1000
}

function asReceipt(answer: object): EventsReceipt {
  if (!isReceipt(answer)) throw unexpectedAnswer('a receipt for events')
  const { accepted, duplicates, rejected, errors } = answer
  const unmatched = 'unmatched' in answer && typeof answer.unmatched === 'number' ? answer.unmatched : undefined
  return { accepted, duplicates, rejected, errors, ...(unmatched === undefined ? {} : { unmatched }) }
}

function isReceipt(answer: object): answer is EventsReceipt {
  return ['accepted', 'duplicates', 'rejected'].every((name) => typeof Reflect.get(answer, name) === 'number')
}
