import { type Selectable, sql } from 'kysely'
import type { MetadataDatabase } from './database.ts'
import { RepeatedQuery } from './repeated-query.ts'
import type { IngestKeyTable } from './schema.ts'

/** How a key comes: in a header, or in the path of Apitally's client protocol. Each is good where it belongs alone. */
export const INGEST_KEY_KINDS = ['header', 'apitally'] as const
export type IngestKeyKind = (typeof INGEST_KEY_KINDS)[number]

/** A credential that can send events and nothing else. */
export interface IngestKey {
  readonly id: string
  readonly organizationId: string
  readonly name: string
  readonly kind: IngestKeyKind
  /** May send events of every organization (decisions.md 18). */
  readonly anyOrganization: boolean
  readonly createdAt: number
  /** The client that made it. */
  readonly createdBy: string
}

/** @param keyHash the key's hash; the key itself is kept nowhere. */
export async function addIngestKey(database: MetadataDatabase, key: IngestKey, keyHash: string): Promise<void> {
  await database
    .insertInto('ingestKey')
    .values({ ...key, keyHash, anyOrganization: key.anyOrganization ? 1 : 0 })
    .execute()
}

const LIVE_KEY = new RepeatedQuery(['keyHash', 'kind'], (database, { keyHash, kind }) =>
  database
    .selectFrom('ingestKey')
    .innerJoin('organization', 'organization.id', 'ingestKey.organizationId')
    .selectAll('ingestKey')
    .where('ingestKey.keyHash', '=', keyHash)
    .where('ingestKey.kind', '=', sql<IngestKeyKind>`${kind}`)
    .where('organization.deletedAt', 'is', null),
)

/** Undefined unless a key of this kind is there and its organization exists. */
export async function findIngestKey(
  database: MetadataDatabase,
  keyHash: string,
  kind: IngestKeyKind,
): Promise<IngestKey | undefined> {
  const row = await LIVE_KEY.first(database, { keyHash, kind })
  return row === undefined ? undefined : fromRow(row)
}

/** The organization's keys, oldest first. */
export async function listIngestKeys(
  database: MetadataDatabase,
  organizationId: string,
): Promise<readonly IngestKey[]> {
  const rows = await database
    .selectFrom('ingestKey')
    .selectAll()
    .where('organizationId', '=', organizationId)
    .orderBy('createdAt')
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

/** False when the organization has no such key. */
export async function removeIngestKey(
  database: MetadataDatabase,
  organizationId: string,
  id: string,
): Promise<boolean> {
  const removed = await database
    .deleteFrom('ingestKey')
    .where('id', '=', id)
    .where('organizationId', '=', organizationId)
    .executeTakeFirst()
  return removed.numDeletedRows > 0n
}

function fromRow({ keyHash: _, ...row }: Selectable<IngestKeyTable>): IngestKey {
  const kind = INGEST_KEY_KINDS.find((known) => known === row.kind) ?? 'header'
  return { ...row, kind, anyOrganization: row.anyOrganization === 1 }
}
