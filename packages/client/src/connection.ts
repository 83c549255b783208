import { ConnectionError, UsageApiError, unexpectedAnswer } from './errors.ts'
import { anyOf, backoffMs, wait } from './waiting.ts'

/** How a request is sent, and when it is sent again. */
export interface ConnectionOptions {
  readonly url: string
  readonly fetch: typeof fetch
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number
  readonly maxRetries: number
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  /** Tells of a refusal's body that it is an answer all the same, and is to be returned like one. */
  readonly isAnswer?: (refusal: object) => boolean
  /** May be sent again when the connection breaks, because doing it twice is like doing it once. */
  readonly isSafe: boolean
  /** The answer is a stream that goes on until one side ends it: the time limit is for its beginning. */
  readonly isEndless?: true
  readonly signal?: AbortSignal | undefined
}

/** A Retry-After beyond this is handed to the caller as an error instead of being waited for. */
const LONGEST_RETRY_AFTER_S = 120

/** HTTP with one server: retries, time limits and errors, but no credentials. */
export class Connection {
  readonly #options: ConnectionOptions

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /**
   * The JSON of a successful answer, {} for one without content. A 429 or 503 did nothing and is tried again, as is a safe request whose
   * connection broke.
   * @throws UsageApiError for a refusal, ConnectionError without an answer, the signal's reason when it aborts.
   */
  send(request: ApiRequest): Promise<object> {
    return this.#trying(request, (signal) => this.#sendOnce(request, signal))
  }

  /**
   * The bytes of a successful answer as they come; what was begun is not tried again. The time limit is for the answer
   * to begin.
   * @throws as `send`; reading the stream fails with the signal's reason when it aborts.
   */
  stream(request: ApiRequest): Promise<ReadableStream<Uint8Array>> {
    return this.#trying(request, (signal) => this.#streamOnce(request, signal))
  }

  async #trying<Answer>(
    request: ApiRequest,
    once: (signal: AbortSignal | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    const signal = anyOf(this.#options.signal, request.signal)
    for (let retries = 0; ; retries++) {
      try {
        return await once(signal)
      } catch (error) {
        const delay = retries < this.#options.maxRetries ? retryDelay(error, request, retries) : undefined
        if (delay === undefined) throw error
        await wait(delay, signal)
      }
    }
  }

  /**
   * The answer as it comes, for files and streams; nothing is tried again.
   * @throws as `send`
   */
  async open(request: ApiRequest): Promise<Response> {
    const { url, timeoutMs } = this.#options
    const { method, path, headers = {}, body, isEndless = false } = request
    const signal = anyOf(this.#options.signal, request.signal)
    const beginning = new AbortController()
    const timer = isEndless ? setTimeout(() => beginning.abort(), timeoutMs) : undefined
    const timeout = isEndless ? beginning.signal : AbortSignal.timeout(timeoutMs)
    const init = { method, headers, signal: anyOf(signal, timeout) ?? null }
    let response: Response
    try {
      response = await this.#options.fetch(`${url}${path}`, body === undefined ? init : { ...init, body })
    } catch (error) {
      signal?.throwIfAborted()
      const reason = timeout.aborted ? `no answer within ${timeoutMs / 1000} seconds` : reasonOf(error)
      throw new ConnectionError(url, reason, error)
    } finally {
      clearTimeout(timer)
    }
    if (response.ok) return response
    throw refusalOf(response, parsed(await response.text()))
  }

  async #sendOnce(request: ApiRequest, signal: AbortSignal | undefined): Promise<object> {
    const timeout = AbortSignal.timeout(this.#options.timeoutMs)
    let response: Response
    let text: string
    try {
      response = await this.#fetch(request, anyOf(signal, timeout))
      text = await response.text()
    } catch (error) {
      throw this.#failure(error, signal, timeout)
    }
    const answer = parsed(text)
    if (!response.ok) {
      if (typeof answer === 'object' && answer !== null && request.isAnswer?.(answer)) return answer
      throw refusalOf(response, answer)
    }
    if (response.status === 204) return {}
    if (typeof answer !== 'object' || answer === null) throw unexpectedAnswer('JSON', correlationIdOf(response))
    return answer
  }

  async #streamOnce(request: ApiRequest, signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>> {
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(), this.#options.timeoutMs)
    try {
      const response = await this.#fetch(request, anyOf(signal, timeout.signal))
      if (!response.ok) throw refusalOf(response, parsed(await response.text()))
      if (response.body === null) throw unexpectedAnswer('a file', correlationIdOf(response))
      return response.body
    } catch (error) {
      throw error instanceof UsageApiError ? error : this.#failure(error, signal, timeout.signal)
    } finally {
      clearTimeout(timer)
    }
  }

  #fetch({ method, path, headers, body }: ApiRequest, signal: AbortSignal | undefined): Promise<Response> {
    const init = {
      method,
      headers: { accept: 'application/json', ...headers },
      ...(signal === undefined ? {} : { signal }),
    }
    return this.#options.fetch(`${this.#options.url}${path}`, body === undefined ? init : { ...init, body })
  }

  /** @throws the signal's reason when that is why. */
  #failure(error: unknown, signal: AbortSignal | undefined, timeout: AbortSignal): ConnectionError {
    signal?.throwIfAborted()
    const { url, timeoutMs } = this.#options
    const reason = timeout.aborted ? `no answer within ${timeoutMs / 1000} seconds` : reasonOf(error)
    return new ConnectionError(url, reason, error)
  }
}

function retryDelay(error: unknown, request: ApiRequest, retries: number): number | undefined {
  const spread = backoffMs(retries)
  if (error instanceof ConnectionError) return request.isSafe ? spread : undefined
  if (!(error instanceof UsageApiError) || (error.status !== 429 && error.status !== 503)) return undefined
  if (error.retryAfter === undefined) return spread
  return error.retryAfter <= LONGEST_RETRY_AFTER_S ? error.retryAfter * 1000 : undefined
}

function refusalOf(response: Response, answer: unknown): UsageApiError {
  const body = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
  // OAuth's form has error and error_description, every other answer code and message (wire.md 4).
  const code = textOf(body.code) ?? textOf(body.error)
  const message = textOf(body.message) ?? textOf(body.error_description) ?? code
  return new UsageApiError(message ?? `The answer was ${response.status} without an explanation`, {
    status: response.status,
    code: code ?? '',
    correlationId: correlationIdOf(response) ?? textOf(body.contextId),
    retryAfter: retryAfterOf(response),
  })
}

function correlationIdOf(response: Response): string | undefined {
  return response.headers.get('inin-correlation-id') ?? undefined
}

/** Seconds; the header has them, or a date. */
function retryAfterOf(response: Response): number | undefined {
  const header = response.headers.get('retry-after')?.trim()
  if (!header) return undefined
  if (/^\d+$/.test(header)) return Number(header)
  const time = Date.parse(header)
  return Number.isNaN(time) ? undefined : Math.max(0, Math.ceil((time - Date.now()) / 1000))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Node hides why in the cause of "fetch failed", and where a name has several addresses in that one's list. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause instanceof Error) return reasonOf(error.cause)
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error.message || error.name
}
