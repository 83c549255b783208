/** The server's refusal of a request, or the news that a query failed. */
export class UsageApiError extends Error {
  override readonly name = 'UsageApiError'
  /** The answer's HTTP status. */
  readonly status: number
  /**
   * What was wrong, such as `invalid.date`, `missing.any.permissions` or `too.many.requests`; from the token endpoint
   * OAuth's own, such as `invalid_client`; `query.failed` for a query that failed while it ran; "" where the answer
   * has none, because something between here and the server made it.
   */
  readonly code: string
  /** Names the request in the server's log. */
  readonly correlationId: string | undefined
  /** Seconds until a retry makes sense, where the server said so. */
  readonly retryAfter: number | undefined

  constructor(
    message: string,
    about: { status: number; code: string; correlationId?: string | undefined; retryAfter?: number | undefined },
  ) {
    super(message)
    this.status = about.status
    this.code = about.code
    this.correlationId = about.correlationId
    this.retryAfter = about.retryAfter
  }
}

/** There was no answer: the server cannot be reached, the connection broke, or it took too long. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  /** The server's address. */
  readonly url: string

  constructor(url: string, reason: string, cause?: unknown) {
    super(`${url} cannot be reached: ${reason}`, cause === undefined ? {} : { cause })
    this.url = url
  }
}

/** The answer says it is fine and is not what Routemeter answers: most likely another program listens there. */
export function unexpectedAnswer(expected: string, correlationId?: string): UsageApiError {
  const message = `The answer should be ${expected} and is something else: is this a Routemeter server?`
  return new UsageApiError(message, { status: 200, code: '', correlationId })
}
