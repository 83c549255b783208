import type { TokenSource } from './access-token.ts'
import type { ApiRequest, Connection } from './connection.ts'
import { UsageApiError } from './errors.ts'
import { unlessAborted } from './waiting.ts'

/** A connection whose requests carry an access token; one that the server no longer takes is renewed, once. */
export class AuthorizedConnection {
  readonly #connection: Connection
  readonly #tokens: TokenSource

  constructor(connection: Connection, tokens: TokenSource) {
    this.#connection = connection
    this.#tokens = tokens
  }

  /** As `Connection.send`. */
  send(request: ApiRequest): Promise<object> {
    return this.#authorized(request, (authorized) => this.#connection.send(authorized))
  }

  /** As `Connection.stream`. */
  stream(request: ApiRequest): Promise<ReadableStream<Uint8Array>> {
    return this.#authorized(request, (authorized) => this.#connection.stream(authorized))
  }

  /** As `Connection.open`. */
  open(request: ApiRequest): Promise<Response> {
    return this.#authorized(request, (authorized) => this.#connection.open(authorized))
  }

  async #authorized<Answer>(request: ApiRequest, send: (request: ApiRequest) => Promise<Answer>): Promise<Answer> {
    for (let isRenewed = false; ; isRenewed = true) {
      const token = await unlessAborted(this.#tokens.token(), request.signal)
      try {
        if (token === undefined) return await send(request)
        return await send({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } })
      } catch (error) {
        const isRefused = error instanceof UsageApiError && error.status === 401 && token !== undefined
        if (!isRefused || isRenewed || !this.#tokens.renew(token)) throw error
      }
    }
  }
}
