import type { AuthorizedConnection } from './authorized-connection.ts'
import type { ApiRequest } from './connection.ts'
import { unexpectedAnswer } from './errors.ts'
import type { NewOAuthClient, OAuthClient, OAuthClientRequest, OAuthClientWithSecret } from './oauth-client.ts'
import type { CallOptions } from './usage-api.ts'

const PATH = '/api/v2/oauth/clients'

/** The OAuth clients of the caller's own organization. All throw UsageApiError when the server refuses. */
export class ClientsApi {
  readonly #connection: AuthorizedConnection

  constructor(connection: AuthorizedConnection) {
    this.#connection = connection
  }

  /**
   * All of them, oldest first, page by page.
   * @example
   * for await (const { id, name } of client.clients.list()) console.log(id, name)
   */
  async *list(options: CallOptions = {}): AsyncGenerator<OAuthClient> {
    for (let path: string | undefined = PATH; path !== undefined; ) {
      const page: object = await this.#send('GET', path, options)
      if (!('entities' in page) || !Array.isArray(page.entities)) throw unexpectedAnswer('a list of clients')
      yield* page.entities as OAuthClient[]
      path = 'nextUri' in page && typeof page.nextUri === 'string' ? page.nextUri : undefined
    }
  }

  async get(id: string, options: CallOptions = {}): Promise<OAuthClient> {
    return asClient(await this.#send('GET', pathOf(id), options))
  }

  /** Makes a client; its secret is in this answer and in no other. */
  async create(client: NewOAuthClient, options: CallOptions = {}): Promise<OAuthClientWithSecret> {
    return withSecret(await this.#send('POST', PATH, options, client))
  }

  /**
   * Replaces what is said about a client: a text or list that is left out is empty from then on; state, permissions and
   * the tokens' lifetime that are left out stay.
   */
  async update(id: string, client: OAuthClientRequest, options: CallOptions = {}): Promise<OAuthClient> {
    return asClient(await this.#send('PUT', pathOf(id), options, client))
  }

  /** Gives a client a new secret; the old one, and the tokens that the client has, die at once. */
  async renewSecret(id: string, options: CallOptions = {}): Promise<OAuthClientWithSecret> {
    return withSecret(await this.#send('POST', `${pathOf(id)}/secret`, options))
  }

  /** Removes a client and ends its tokens. */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.#send('DELETE', pathOf(id), options)
  }

  #send(method: ApiRequest['method'], path: string, { signal }: CallOptions, body?: object): Promise<object> {
    // Removing again what is removed is refused, and making again makes another.
    const request = { method, path, isSafe: method === 'GET' || method === 'PUT', signal }
    if (body === undefined) return this.#connection.send(request)
    const headers = { 'content-type': 'application/json' }
    return this.#connection.send({ ...request, headers, body: JSON.stringify(body) })
  }
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`
}

function asClient(answer: object): OAuthClient {
  if (!('id' in answer) || typeof answer.id !== 'string') throw unexpectedAnswer('an OAuth client')
  return answer as OAuthClient
}

function withSecret(answer: object): OAuthClientWithSecret {
  if (!('secret' in answer) || typeof answer.secret !== 'string') throw unexpectedAnswer('an OAuth client’s secret')
  return asClient(answer) as OAuthClientWithSecret
}
