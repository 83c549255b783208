import type { AuthorizedConnection } from './authorized-connection.ts'
import type { ApiRequest } from './connection.ts'
import { unexpectedAnswer } from './errors.ts'
import type {
  ImportedTemplates,
  ReResolved,
  ResolvedPath,
  RouteTemplate,
  TemplateDocumentType,
  UnmatchedPaths,
} from './route-template.ts'
import type { CallOptions } from './usage-api.ts'

const PATH = '/v1/route-templates'

export interface ImportOptions extends CallOptions {
  /** @default 'application/json' */
  readonly contentType?: TemplateDocumentType
  /** Where the API is mounted, beside what the document’s own servers or basePath say: `/gateway`. */
  readonly prefix?: string
}

/** The route templates of the caller's own organization. All throw UsageApiError when the server refuses. */
export class TemplatesApi {
  readonly #connection: AuthorizedConnection

  constructor(connection: AuthorizedConnection) {
    this.#connection = connection
  }

  /** All of them, by code point. */
  async list(options: CallOptions = {}): Promise<readonly RouteTemplate[]> {
    const answer = await this.#send('GET', PATH, options)
    if (!('entities' in answer) || !Array.isArray(answer.entities)) throw unexpectedAnswer('a list of route templates')
    return answer.entities as readonly RouteTemplate[]
  }

  /**
   * Adds the templates of a document that are not there yet; calls that come from then on are counted under them.
   * @example
   * await client.templates.import('/users/{userId}\n/users/me', { contentType: 'text/plain' })
   */
  async import(document: string, options: ImportOptions = {}): Promise<ImportedTemplates> {
    const { contentType = 'application/json', prefix, signal } = options
    const path = prefix === undefined ? PATH : `${PATH}?${new URLSearchParams({ prefix })}`
    const headers = { 'content-type': contentType }
    const answer = await this.#connection.send({ method: 'POST', path, headers, body: document, isSafe: true, signal })
    if (!('added' in answer) || !('total' in answer)) throw unexpectedAnswer('the outcome of an import')
    return answer as ImportedTemplates
  }

  /** Paths that no template fits, those with the most calls first, and what to import for them. */
  async unmatched(options: CallOptions = {}): Promise<UnmatchedPaths> {
    const answer = await this.#send('GET', `${PATH}/unmatched`, options)
    if (!('entities' in answer) || !('suggestions' in answer)) throw unexpectedAnswer('unmatched paths')
    return answer as UnmatchedPaths
  }

  /** What a call of this path, with this HTTP status, would be counted under; nothing is counted. */
  async try(path: string, options: CallOptions & { readonly status?: number } = {}): Promise<ResolvedPath> {
    const { status } = options
    const query = new URLSearchParams({ path, ...(status === undefined ? {} : { status: String(status) }) })
    const answer = await this.#send('GET', `${PATH}/try?${query}`, options)
    if (!('templateUri' in answer)) throw unexpectedAnswer('a resolved path')
    return answer as ResolvedPath
  }

  /** Counts under the templates of now what was counted under folded paths before, for all of history. */
  async reResolve(options: CallOptions = {}): Promise<ReResolved> {
    const answer = await this.#send('POST', `${PATH}/re-resolve`, options)
    if (!('moved' in answer)) throw unexpectedAnswer('the outcome of re-resolving')
    return answer as ReResolved
  }

  /** Removes a template, in the syntax of any framework; what was counted under it stays. */
  async delete(templateUri: string, options: CallOptions = {}): Promise<void> {
    await this.#send('DELETE', `${PATH}/${encodeURIComponent(templateUri)}`, options)
  }

  /** Removes all of them; says how many there were. */
  async deleteAll(options: CallOptions = {}): Promise<number> {
    const answer = await this.#send('DELETE', PATH, options)
    if (!('removed' in answer)) throw unexpectedAnswer('how many route templates were removed')
    return Number(answer.removed)
  }

  #send(method: ApiRequest['method'], path: string, { signal }: CallOptions): Promise<object> {
    return this.#connection.send({ method, path, isSafe: method !== 'DELETE', signal })
  }
}
