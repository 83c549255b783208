import type { AuthorizedConnection } from './authorized-connection.ts'
import { unexpectedAnswer } from './errors.ts'
import type { CallOptions } from './usage-api.ts'

const PATH = '/v1/ingest-keys'

/** `apitally` keys stand in the path of Apitally's own clients; all others are sent in a header. */
export type IngestKeyKind = 'header' | 'apitally'

/** A credential that sends events and does nothing else. */
export interface IngestKey {
  readonly id: string
  readonly name: string
  readonly kind: IngestKeyKind
  /** It may send events of every organization. */
  readonly anyOrganization: boolean
}

export interface ListedIngestKey extends IngestKey {
  /** RFC 3339. */
  readonly dateCreated: string
}

/** With the key itself; the server tells it this once. */
export interface MadeIngestKey extends IngestKey {
  readonly key: string
}

export interface NewIngestKey {
  readonly name: string
  /** @default 'header' */
  readonly kind?: IngestKeyKind
  readonly anyOrganization?: boolean
}

/** The ingest keys of the caller's own organization. All throw UsageApiError when the server refuses. */
export class KeysApi {
  readonly #connection: AuthorizedConnection

  constructor(connection: AuthorizedConnection) {
    this.#connection = connection
  }

  /** All of them, oldest first. */
  async list({ signal }: CallOptions = {}): Promise<readonly ListedIngestKey[]> {
    const answer = await this.#connection.send({ method: 'GET', path: PATH, isSafe: true, signal })
    if (!('entities' in answer) || !Array.isArray(answer.entities)) throw unexpectedAnswer('a list of ingest keys')
    return answer.entities as readonly ListedIngestKey[]
  }

  /** Makes a key; it is in this answer and in no other. */
  async create(key: NewIngestKey, { signal }: CallOptions = {}): Promise<MadeIngestKey> {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(key)
    const answer = await this.#connection.send({ method: 'POST', path: PATH, headers, body, isSafe: false, signal })
    if (!('key' in answer) || typeof answer.key !== 'string') throw unexpectedAnswer('an ingest key')
    return answer as MadeIngestKey
  }

  /** Ends a key: nothing is taken under it any more. */
  async delete(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#connection.send({ method: 'DELETE', path: `${PATH}/${encodeURIComponent(id)}`, isSafe: false, signal })
  }
}
