import { setTimeout } from 'node:timers/promises'
import { makeScope } from '../../packages/server/src/domain/scope.ts'
import type { Ingest } from '../../packages/server/src/ingest/ingest.ts'
import type { UsageStore } from '../../packages/server/src/store/usage-store.ts'
import { ORGANIZATION_ID, openUsage } from '../data-folder.ts'
import { eventBodies } from '../events.ts'
import { ingestInto } from '../ingest/ingest-into.ts'
import { RenewedBodies } from '../load/renewed-bodies.ts'
import type { Question } from './questions.ts'

const EVENTS_A_BODY = 5_000
const BODIES = 40

/** Milliseconds until the store, in this process, has answered a question to its last row; many times in turn. */
export async function timeInStore(
  usageFile: string,
  questions: readonly Question[],
  repeats: number,
  eventsPerSecond: number,
): Promise<{ readonly times: ReadonlyMap<string, readonly number[]>; readonly eventsPerSecond: number }> {
  await using store = await openUsage(usageFile)
  await using ingest = ingestInto(store)
  const sending = new AbortController()
  const sent = eventsPerSecond > 0 ? sendSteadily(ingest, eventsPerSecond, sending.signal) : Promise.resolve(0)
  const times = new Map<string, number[]>(questions.map(({ name }) => [name, []]))
  for (let repeat = -2; repeat < repeats; repeat++) {
    for (const question of questions) {
      const started = performance.now()
      await askStore(store, question)
      if (repeat >= 0) times.get(question.name)?.push(performance.now() - started)
    }
  }
  sending.abort()
  return { times, eventsPerSecond: await sent }
}

async function askStore(store: UsageStore, { organization, query }: Question): Promise<void> {
  const { chunks } = await store.query(makeScope([organization.organizationId]), query)
  let rows = 0
  for await (const chunk of chunks) rows += chunk.length
  if (rows === 0) throw new Error('the store has no rows')
}

/** Bodies at a fixed rate; one that is late is sent at once. @returns the events a second that came in. */
async function sendSteadily(ingest: Ingest, eventsPerSecond: number, signal: AbortSignal): Promise<number> {
  const bodies = new RenewedBodies(eventBodies({ bodies: BODIES, eventsEach: EVENTS_A_BODY, until: Date.now() }))
  const sender = { organizationId: ORGANIZATION_ID, anyOrganization: false }
  const everyMs = (EVENTS_A_BODY / eventsPerSecond) * 1000
  const started = performance.now()
  let events = 0
  for (let due = started; !signal.aborted; due += everyMs) {
    await setTimeout(Math.max(0, due - performance.now()))
    const receipt = await ingest.accept(sender, 'native-ndjson', Uint8Array.from(bodies.next()))
    if (receipt.accepted !== EVENTS_A_BODY) throw new Error(`${receipt.accepted} events were counted`)
    events += EVENTS_A_BODY
  }
  return (events / (performance.now() - started)) * 1000
}
