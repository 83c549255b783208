import { join } from 'node:path'
import { ORGANIZATION_ID, openUsage } from './data-folder.ts'
import { ingestInto } from './ingest/ingest-into.ts'
import { RenewedBodies } from './load/renewed-bodies.ts'
import { forgetPeak, memoryOf } from './memory.ts'

/** What `remembered-ids.ts` asks for: to take ids in, or to start with those that are there. */
export interface RememberIds {
  readonly folder: string
  readonly ids: number
  /** When the first of them arrives; milliseconds, a midnight. */
  readonly first: number
  readonly task: 'take in' | 'start'
}
export interface TakenIn {
  /** Bytes of the process: after its start, with the ids, at most on the way. */
  readonly before: number
  readonly now: number
  readonly peak: number
  readonly seconds: number
}
export interface Started {
  /** Milliseconds from opening the file until it answers, and until the first commit is acknowledged. */
  readonly openMs: number
  readonly firstCommitMs: number
  /** Of the processor, all threads, until then. */
  readonly firstCommitCpuMs: number
  /** Of a body of new ids, and of one of old ones, when all is in memory. */
  readonly newMs: number
  readonly oldMs: number
  readonly bytes: number
}

const DAY_MS = 86_400_000
const DAYS = 35
export const IDS_A_BODY = 10_000
const BODIES = 50
const BODIES_A_FOLD = 100
const SENDER = { organizationId: ORGANIZATION_ID, anyOrganization: false }

process.on('message', async (message: RememberIds) =>
  process.send?.(message.task === 'start' ? await start(message) : await takeIn(message)),
)

/** Events of one rollup, so that ids are all that there is much of, arriving over as many days as ids are remembered. */
async function takeIn({ folder, ids, first }: RememberIds): Promise<TakenIn> {
  let clock = first
  const started = performance.now()
  await using store = await openUsage(join(folder, 'usage.duckdb'), () => clock)
  await using ingest = ingestInto(store, () => clock)
  const before = memoryOf(process.pid).now
  forgetPeak(process.pid)
  const bodies = bodiesOf(first)
  for (let sent = 0; sent < ids; sent += IDS_A_BODY) {
    clock = first + Math.floor((sent / ids) * DAYS) * DAY_MS + 1
    const { accepted } = await ingest.accept(SENDER, 'native-ndjson', Uint8Array.from(bodies.next()))
    if (accepted !== IDS_A_BODY) throw new Error(`only ${accepted} ids were new`)
    if ((sent / IDS_A_BODY) % BODIES_A_FOLD === 0) await store.maintain()
  }
  return { before, ...memoryOf(process.pid), seconds: (performance.now() - started) / 1000 }
}

async function start({ folder, ids, first }: RememberIds): Promise<Started> {
  const clock = first + (DAYS - 1) * DAY_MS + 2
  const old = bodiesOf(first)
  const fresh = bodiesOf(first)
  for (let body = 0; body < ids / IDS_A_BODY; body++) fresh.next()
  const started = performance.now()
  const cpu = process.cpuUsage()
  await using store = await openUsage(join(folder, 'usage.duckdb'), () => clock)
  const openMs = performance.now() - started
  await using ingest = ingestInto(store, () => clock)
  /** Milliseconds for the next body. */
  const send = async (bodies: RenewedBodies, expected: number) => {
    const began = performance.now()
    const { duplicates } = await ingest.accept(SENDER, 'native-ndjson', Uint8Array.from(bodies.next()))
    if (duplicates !== expected) throw new Error(`${duplicates} duplicates instead of ${expected}`)
    return performance.now() - began
  }
  await send(fresh, 0)
  const firstCommitMs = performance.now() - started
  const { user, system } = process.cpuUsage(cpu)
  const firstCommitCpuMs = (user + system) / 1000
  let [newMs, oldMs] = [0, 0]
  for (let body = 0; body < BODIES; body++) {
    newMs += (await send(fresh, 0)) / BODIES
    oldMs += (await send(old, IDS_A_BODY)) / BODIES
  }
  return { openMs, firstCommitMs, firstCommitCpuMs, newMs, oldMs, bytes: memoryOf(process.pid).now }
}

function bodiesOf(first: number): RenewedBodies {
  return new RenewedBodies(Array.from({ length: BODIES }, (_, body) => bodyOf(body, first)))
}

function bodyOf(body: number, time: number): Buffer {
  const line = (index: number) => {
    const id = `00000000-0000-4000-8000-${String(body * IDS_A_BODY + index).padStart(12, '0')}`
    return `{"id":"${id}","time":${time - 1},"clientId":"client","method":"GET","templateUri":"api/v2/users","status":200}\n`
  }
  return Buffer.from(Array.from({ length: IDS_A_BODY }, (_, index) => line(index)).join(''))
}
