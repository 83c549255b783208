import type { UsageQuery } from '../../domain/usage-query.ts'
import type { Caller } from '../../identity/caller.ts'
import { clientScope } from '../../identity/scopes.ts'
import { findClient } from '../../metadata/clients.ts'
import type { Submission } from '../../query/executions.ts'
import type { Parts } from '../api.ts'
import { notFound } from '../error-answers.ts'

/**
 * A query of the calls made by one of the caller's own clients, in its organization and where it is authorized at this
 * moment: what is authorized or withdrawn later changes neither a query that waits nor a result that is kept.
 * @throws Refusal not.found for a client that is not the caller's own, the same and after the same look as for one that
 *   never was (wire.md §1).
 */
export async function clientSubmission(
  { metadata, store }: Pick<Parts, 'metadata' | 'store'>,
  { organizationId }: Pick<Caller, 'organizationId'>,
  clientId: string,
  query: UsageQuery,
): Promise<Omit<Submission, 'operation'>> {
  const client = await findClient(metadata, organizationId, clientId)
  if (client === undefined) throw notFound()
  const scope = clientScope({ organizationId }, client, await store.organizationsOf(clientId))
  return { organizationId, clientId, scope, query }
}
