import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { INTERNED_DIMENSIONS, type InternedDimension } from '../../domain/catalogue.ts'
import type { BatchOrganization } from '../../domain/event-batch.ts'
import { StoreUnavailable } from '../usage-store.ts'
import { DIMENSION_CODES } from './columns.ts'
import { Dictionary } from './dictionary.ts'
import { integer, rowsOf, text } from './sql.ts'

export interface GivenName {
  readonly name: string
  /** Event time, milliseconds. */
  readonly time: number
}

/** What commits must know of one organization: as it is on disk, plus what the commit at hand has added. */
export interface OrganizationMemory {
  /** The number that stands for it in every table; never given twice. */
  readonly id: number
  readonly organizationId: string
  readonly dictionaries: Readonly<Record<InternedDimension, Dictionary>>
  /** By the client's id in the dictionary. */
  readonly names: Map<number, GivenName>
  readonly authorized: Set<number>
  newest: number
}

/** Reads organizations at their first use, so that a start does not grow with the data, and forgets the least used. */
export class Organizations {
  readonly #caps: Readonly<Record<InternedDimension, number>>
  readonly #largest: number
  #lastId: number
  /** In the order of their last use. */
  readonly #loaded = new Map<string, OrganizationMemory>()

  private constructor(caps: Readonly<Record<InternedDimension, number>>, largest: number, lastId: number) {
    this.#caps = caps
    this.#largest = largest
    this.#lastId = lastId
  }

  /** @param largest how many dictionary values are held in memory, over all organizations. */
  static async open(
    connection: DuckDBConnection,
    caps: Readonly<Record<InternedDimension, number>>,
    largest: number,
  ): Promise<Organizations> {
    const rows = await rowsOf(connection, 'SELECT coalesce(max(id), 0) FROM organization')
    return new Organizations(caps, largest, Number(rows[0]?.[0]))
  }

  /** The number of an organization, when it is at hand without asking the disk. */
  numberAtHand(organizationId: string): number | undefined {
    return this.#loaded.get(organizationId)?.id
  }

  /** The number of an organization; one that has none is given one, on disk. */
  async numberOf(connection: DuckDBConnection, organizationId: string): Promise<number> {
    const found = await this.find(connection, organizationId)
    return (found ?? (await this.#add(connection, organizationId))).id
  }

  /**
   * The organizations of a commit.
   * @throws StoreUnavailable when one was erased since it was given its number.
   */
  async use(
    connection: DuckDBConnection,
    organizations: Iterable<BatchOrganization>,
  ): Promise<ReadonlyMap<string, OrganizationMemory>> {
    const used = new Map<string, OrganizationMemory>()
    for (const { organizationId, number } of organizations) {
      const organization = await this.find(connection, organizationId)
      if (organization?.id !== number) throw new StoreUnavailable('An organization was erased meanwhile.')
      this.#loaded.delete(organizationId)
      this.#loaded.set(organizationId, organization)
      used.set(organizationId, organization)
    }
    this.#forgetLeastUsed(used)
    return used
  }

  /** Undefined when nothing is kept of it. */
  async find(connection: DuckDBConnection, organizationId: string): Promise<OrganizationMemory | undefined> {
    return this.#loaded.get(organizationId) ?? (await this.#load(connection, organizationId))
  }

  /** Forgets what is in memory; the next use reads it from disk. */
  forget(organizationId: string): void {
    this.#loaded.delete(organizationId)
  }

  async #load(connection: DuckDBConnection, organizationId: string): Promise<OrganizationMemory | undefined> {
    const sql = 'SELECT id FROM organization WHERE organization_id = $organizationId'
    const found = (await rowsOf(connection, sql, { organizationId: text(organizationId) }))[0]?.[0]
    if (found === undefined) return undefined
    const organization = { id: Number(found), organizationId, ...this.#empty() }
    await readInto(connection, organization)
    this.#loaded.set(organizationId, organization)
    return organization
  }

  async #add(connection: DuckDBConnection, organizationId: string): Promise<OrganizationMemory> {
    const id = this.#lastId + 1
    const values = { id: integer(id), organizationId: text(organizationId) }
    await rowsOf(connection, 'INSERT INTO organization VALUES ($id, $organizationId)', values)
    this.#lastId = id
    const organization = { id, organizationId, ...this.#empty() }
    this.#loaded.set(organizationId, organization)
    return organization
  }

  #empty() {
    const entries = INTERNED_DIMENSIONS.map((dimension) => [dimension, new Dictionary(this.#caps[dimension])])
    const dictionaries: Record<InternedDimension, Dictionary> = Object.fromEntries(entries)
    return { dictionaries, names: new Map(), authorized: new Set<number>(), newest: Number.NEGATIVE_INFINITY }
  }

  #forgetLeastUsed(used: ReadonlyMap<string, OrganizationMemory>): void {
    let size = 0
    for (const organization of this.#loaded.values()) size += sizeOf(organization)
    for (const [organizationId, organization] of this.#loaded) {
      if (size <= this.#largest) return
      if (used.has(organizationId)) continue
      this.#loaded.delete(organizationId)
      size -= sizeOf(organization)
    }
  }
}

function sizeOf(organization: OrganizationMemory): number {
  let size = organization.names.size
  for (const dimension of INTERNED_DIMENSIONS) size += organization.dictionaries[dimension].size
  return size
}

async function readInto(connection: DuckDBConnection, organization: OrganizationMemory): Promise<void> {
  const values = { organization: integer(organization.id) }
  const read = (sql: string): Promise<readonly (readonly DuckDBValue[])[]> => rowsOf(connection, sql, values)
  await readValues(connection, organization)
  for (const [client, time, name] of await read(
    'SELECT client_id, max(event_time), arg_max(name, (event_time, name)) FROM client_name ' +
      'WHERE organization = $organization GROUP BY client_id',
  )) {
    organization.names.set(Number(client), { name: String(name), time: Number(time) })
  }
  for (const [client] of await read('SELECT client_id FROM authorized_client WHERE organization = $organization')) {
    organization.authorized.add(Number(client))
  }
  for (const [newest] of await read(
    'SELECT max(event_time) FROM organization_newest WHERE organization = $organization',
  )) {
    if (newest !== null) organization.newest = Number(newest)
  }
}

/** In chunks: there may be a million values, and others wait for this thread. */
async function readValues(connection: DuckDBConnection, { id, dictionaries }: OrganizationMemory): Promise<void> {
  const values = await connection.stream(`SELECT dimension, id, value FROM dimension_value WHERE organization = ${id}`)
  for (;;) {
    const chunk = await values.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return
    const [codes, ids, texts] = chunk.getColumns()
    for (let row = 0; row < chunk.rowCount; row++) {
      const dimension = INTERNED_DIMENSIONS.find((name) => DIMENSION_CODES[name] === codes?.[row])
      if (dimension !== undefined) dictionaries[dimension].load(String(texts?.[row]), Number(ids?.[row]))
    }
  }
}
