import { ALL_PERMISSIONS, type Permission } from '../domain/permissions.ts'
import { addClient, type Client, findClientById, updateClient } from '../metadata/clients.ts'
import { addOrganization } from '../metadata/organizations.ts'
import { TemporaryMetadata } from '../metadata/temporary-metadata.ts'
import type { Credentials } from './authentication.ts'
import type { Caller } from './caller.ts'
import { newClient } from './clients.ts'
import { createIdentity, type Identity } from './identity.ts'
import type { TrustedIssuer } from './outside/trusted-issuer.ts'
import { hashClientSecret } from './secrets.ts'

export const SECRET = 'a secret for tests, long enough'
/** Once: scrypt is slow on purpose. */
const SECRET_HASH = await hashClientSecret(SECRET)

/** For tests: identity over metadata in a real file, with a clock that the test moves. */
export class TestIdentity implements AsyncDisposable {
  readonly metadata: TemporaryMetadata
  readonly clock = { now: Date.UTC(2026, 10, 23, 12) }
  /** What was logged, as it would be written. */
  readonly logged: string[] = []
  readonly #issuers: readonly TrustedIssuer[]
  identity: Identity

  private constructor(metadata: TemporaryMetadata, issuers: readonly TrustedIssuer[]) {
    this.metadata = metadata
    this.#issuers = issuers
    this.identity = this.#create()
  }

  static async open(issuers: readonly TrustedIssuer[] = []): Promise<TestIdentity> {
    return new TestIdentity(await TemporaryMetadata.open(), issuers)
  }

  #create(): Identity {
    const write = (fields: object, message: string) => void this.logged.push(JSON.stringify({ ...fields, message }))
    const log = { debug: write, info: write, warn: write, error: write }
    const now = () => this.clock.now
    return createIdentity({ metadata: this.metadata.database, now, log, issuers: this.#issuers })
  }

  async restart(): Promise<void> {
    await this.metadata.reopen()
    this.identity = this.#create()
  }

  /** A client with SECRET, in an organization that is made for it when it is not there. */
  async addClient(
    organizationId: string,
    id: string,
    permissions: readonly Permission[] = ALL_PERMISSIONS,
    fields: Partial<Client> = {},
  ): Promise<Client> {
    const { database } = this.metadata
    await addOrganization(database, { id: organizationId, name: `The ${organizationId}`, createdAt: this.clock.now })
    const given = { id, organizationId, name: `The ${id}`, permissions, secretHash: SECRET_HASH, createdBy: '' }
    const client = { ...newClient(given, this.clock.now), ...fields }
    await addClient(database, client)
    return client
  }

  async changeClient(id: string, changes: Partial<Omit<Client, 'id' | 'organizationId'>>): Promise<void> {
    const client = await findClientById(this.metadata.database, id)
    const stamp = { modifiedAt: this.clock.now, modifiedBy: '' }
    await updateClient(this.metadata.database, client?.organizationId ?? '', id, { ...changes, ...stamp })
  }

  async token(clientId: string, secret = SECRET): Promise<string> {
    const basic = Buffer.from(`${clientId}:${secret}`).toString('base64')
    const headers = { authorization: `Basic ${basic}`, ...formHeaders(FORM) }
    const granted = await this.identity.grantToken({ headers, body: FORM, address: '127.0.0.1' })
    return granted.accessToken
  }

  authenticate(credentials: Partial<Credentials>): Promise<Caller> {
    return this.identity.authenticate({
      authorization: undefined,
      apiKey: undefined,
      session: undefined,
      ...credentials,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.metadata[Symbol.asyncDispose]()
  }
}

const FORM = { grant_type: 'client_credentials' }

/** The headers with which a form of these fields is sent. */
export function formHeaders(form: Readonly<Record<string, string>>): Record<string, string> {
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(new URLSearchParams(form).toString().length),
  }
}
