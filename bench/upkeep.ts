import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { anEvent } from '../packages/server/src/domain/an-event.ts'
import type { EventBatch } from '../packages/server/src/domain/event-batch.ts'
import { SILENT_LOG } from '../packages/server/src/domain/log.ts'
import { makeScope } from '../packages/server/src/domain/scope.ts'
import { TextNumbers } from '../packages/server/src/domain/text-numbers.ts'
import type { UsageQuery } from '../packages/server/src/domain/usage-query.ts'
import { openDuckDbStore } from '../packages/server/src/store/duckdb/duckdb-store.ts'
import { EventBatchBuilder } from '../packages/server/src/store/event-batch-builder.ts'
import { IdentityHash } from '../packages/server/src/store/event-identity.ts'
import type { UsageStore } from '../packages/server/src/store/usage-store.ts'
import { median } from './figure.ts'

/**
 * `node bench/upkeep.ts [thousand rollups to begin with] [checkpoint MiB]`: how long commits and queries take without
 * upkeep and while it runs without a pause, in turns, with commits of 5,000 events at half of full speed or so.
 */
const ROLLUPS = Number(process.argv[2] ?? 1000) * 1000
const CHECKPOINT_BYTES = Number(process.argv[3] ?? 64) * 2 ** 20
const EVENTS = 5_000
const EVERY_MS = 200
const TURNS = 4
const TURN_MS = 8_000
const DAY_MS = 86_400_000
const now = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2

const folder = mkdtempSync(join(tmpdir(), 'routemeter-upkeep-'))
const path = join(folder, 'usage.duckdb')
const store = await openDuckDbStore({ path, now: () => now, log: SILENT_LOG, checkpointBytes: CHECKPOINT_BYTES })
const texts = new TextNumbers()
const number = await store.organizationNumber('acme')
const hash = new IdentityHash(store.identityKey)
let made = 0

/** Events that hardly ever share a rollup. */
function someBatch(overMs: number): EventBatch {
  const builder = new EventBatchBuilder(texts, hash, EVENTS)
  builder.addOrganization({ organizationId: 'acme', number })
  for (let index = 0; index < EVENTS; index++) {
    const n = made++
    const time = now - 1 - ((n * 7919) % overMs)
    const [clientId, userId] = [`client-${n % 24}`, `user-${(n * 31) % 5000}`]
    builder.add({ ...anEvent({ time, clientId, userId, templateUri: `t/${(n * 17) % 2206}` }), id: `${n}` }, 0)
  }
  return builder.finish(false)
}

const CLIENT_WEEK: UsageQuery = {
  interval: { start: now - 7 * DAY_MS, end: now },
  timeZone: 'UTC',
  granularity: 'Hour',
  groupBy: ['clientId'],
  metrics: ['requests'],
  filters: { clientId: ['client-7'] },
  sortBy: [],
}

async function ask(): Promise<void> {
  const { chunks } = await store.query(makeScope(['acme']), CLIENT_WEEK)
  for await (const _ of chunks);
}

const timed = async (work: () => Promise<unknown>) => {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** Commits on their schedule, whether the last one is through or not, and asks beside them. */
async function turn(commits: number[], queries: number[]): Promise<void> {
  const until = performance.now() + TURN_MS
  const running: Promise<void>[] = []
  const asking = (async () => {
    while (performance.now() < until) {
      queries.push(await timed(ask))
      await setTimeout(100)
    }
  })()
  for (let due = performance.now(); due < until; due += EVERY_MS) {
    await setTimeout(Math.max(0, due - performance.now()))
    const batch = someBatch(30 * DAY_MS)
    // From when it was due: what waits for its turn has waited.
    running.push(timed(() => store.commit([batch])).then((ms) => void commits.push(ms)))
  }
  await Promise.all([...running, asking])
}

const percentile = (times: readonly number[], part: number) =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * part)] ?? Number.NaN
const summary = (times: readonly number[]) =>
  `p50 ${median(times).toFixed(1)}, p99 ${percentile(times, 0.99).toFixed(1)}, most ${Math.max(...times).toFixed(1)} ms (${times.length})`

async function run(subject: UsageStore): Promise<void> {
  for (let sent = 0; sent < ROLLUPS; sent += EVENTS) await subject.commit([someBatch(30 * DAY_MS)])
  console.log(`upkeep of ${ROLLUPS} appended rollups: ${(await timed(() => subject.maintain())).toFixed(0)} ms`)
  const quiet = { commits: [] as number[], queries: [] as number[] }
  const busy = { commits: [] as number[], queries: [] as number[], upkeeps: [] as number[] }
  for (let index = 0; index < TURNS; index++) {
    await turn(quiet.commits, quiet.queries)
    const both = turn(busy.commits, busy.queries)
    let isDone = false
    both.finally(() => {
      isDone = true
    })
    while (!isDone) busy.upkeeps.push(await timed(() => subject.maintain()))
    await both
  }
  console.log(`commits without upkeep: ${summary(quiet.commits)}\n  beside it: ${summary(busy.commits)}`)
  console.log(`a client's week without upkeep: ${summary(quiet.queries)}\n  beside it: ${summary(busy.queries)}`)
  console.log(`one upkeep: ${summary(busy.upkeeps)}; the file: ${(statSync(path).size / 2 ** 20).toFixed(0)} MiB`)
}

try {
  await run(store)
} finally {
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
}
