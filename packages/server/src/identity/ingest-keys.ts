import { randomUUID } from 'node:crypto'
import type { MetadataDatabase } from '../metadata/database.ts'
import { addIngestKey, type IngestKey, type IngestKeyKind } from '../metadata/ingest-keys.ts'
import { INGEST_KEY_PREFIX } from './authentication.ts'
import type { Caller } from './caller.ts'
import { checkHolds } from './escalation.ts'
import { hashRandomSecret, newSecret } from './secrets.ts'

/**
 * Makes a key that sends events of the caller's organization, or of every one. Apitally's clients take a UUID only.
 * @returns the key's record, and the key itself, which is told once.
 * @throws Refusal missing.any.permissions: a key sends events, so its maker must be allowed to, and only the platform's
 *   administrator gives one for every organization (decisions.md 16, 18).
 */
export async function makeIngestKey(
  metadata: MetadataDatabase,
  maker: Caller,
  given: { readonly name: string; readonly kind: IngestKeyKind; readonly anyOrganization: boolean },
  now: number,
): Promise<{ readonly record: IngestKey; readonly key: string }> {
  checkHolds(maker, given.anyOrganization ? ['usage:event:add', 'platform:admin'] : ['usage:event:add'])
  const key = given.kind === 'apitally' ? randomUUID() : newSecret(INGEST_KEY_PREFIX)
  const record = {
    id: randomUUID(),
    organizationId: maker.organizationId,
    name: given.name,
    kind: given.kind,
    anyOrganization: given.anyOrganization,
    createdAt: now,
    createdBy: maker.clientId,
  }
  await addIngestKey(metadata, record, hashRandomSecret(key))
  return { record, key }
}
