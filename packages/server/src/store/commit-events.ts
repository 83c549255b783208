import type { EventBatch } from '../domain/event-batch.ts'
import { TextNumbers } from '../domain/text-numbers.ts'
import type { UsageEvent } from '../domain/usage-event.ts'
import { EventBatchBuilder } from './event-batch-builder.ts'
import { IdentityHash } from './event-identity.ts'
import type { UsageStore } from './usage-store.ts'

type Committing = Pick<UsageStore, 'commit' | 'identityKey' | 'organizationNumber'>

/** For tests: commits events one has at hand, all in one transaction. @returns how many were duplicates. */
export async function commitEvents(store: Committing, events: readonly UsageEvent[]): Promise<number> {
  const platform = events.filter((event) => event.fromPlatform)
  const own = events.filter((event) => !event.fromPlatform)
  const batches = [await batchOf(store, own, false), await batchOf(store, platform, true)]
  const { duplicates } = await store.commit(batches.filter(({ count }) => count > 0))
  return duplicates.reduce((sum, count) => sum + count, 0)
}

/** For tests: one batch of these events. */
async function batchOf(
  store: Pick<UsageStore, 'identityKey' | 'organizationNumber'>,
  events: readonly UsageEvent[],
  fromPlatform: boolean,
): Promise<EventBatch> {
  const builder = new EventBatchBuilder(new TextNumbers(), new IdentityHash(store.identityKey), events.length)
  const indexes = new Map<string, number>()
  for (const event of events) {
    const { organizationId } = event
    if (!indexes.has(organizationId)) {
      const number = await store.organizationNumber(organizationId)
      indexes.set(organizationId, builder.addOrganization({ organizationId, number }))
    }
    builder.add(event, indexes.get(organizationId) ?? 0)
  }
  return builder.finish(fromPlatform)
}
