import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from './clients.ts'
import { type MetadataDatabase, openMetadata } from './database.ts'

/** For tests: metadata in a real file of a folder that goes away with it. */
export class TemporaryMetadata implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'routemeter-metadata-'))
  #database: MetadataDatabase | undefined

  static async open(): Promise<TemporaryMetadata> {
    const metadata = new TemporaryMetadata()
    await metadata.reopen()
    return metadata
  }

  get database(): MetadataDatabase {
    if (this.#database === undefined) throw new Error('the metadata is not open')
    return this.#database
  }

  /** What a restart of the server does. */
  async reopen(): Promise<MetadataDatabase> {
    await this.#database?.destroy()
    this.#database = await openMetadata(join(this.folder, 'metadata.sqlite'))
    return this.#database
  }

  /** Every byte on disk, SQLite's journal included. */
  bytes(): Buffer {
    return Buffer.concat(readdirSync(this.folder).map((name) => readFileSync(join(this.folder, name))))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database?.destroy()
    rmSync(this.folder, { recursive: true })
  }
}

/** For tests: an active client without a secret, of the organization "acme". */
export function exampleClient(fields: Partial<Client> = {}): Client {
  return {
    id: 'reader',
    organizationId: 'acme',
    name: 'The reader',
    description: '',
    authorizedGrantType: 'CLIENT-CREDENTIALS',
    secretHash: null,
    state: 'active',
    accessTokenValiditySeconds: 86_400,
    permissions: [],
    roleIds: [],
    roleDivisions: [],
    scope: [],
    registeredRedirectUri: [],
    createdAt: 1,
    modifiedAt: 2,
    createdBy: 'someone',
    modifiedBy: 'someone else',
    ...fields,
  }
}
