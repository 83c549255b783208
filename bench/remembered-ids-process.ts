import { join } from 'node:path'
import { ORGANIZATION_ID, openUsage } from './data-folder.ts'
import { ingestInto } from './ingest/ingest-into.ts'
import { RenewedBodies } from './load/renewed-bodies.ts'
import { forgetPeak, memoryOf } from './memory.ts'

/** What `remembered-ids.ts` asks for, and is told. */
export interface RememberIds {
  readonly folder: string
  readonly ids: number
}
export interface RememberedIds {
  /** Bytes of the process: after its start, with the ids, at most on the way. */
  readonly before: number
  readonly now: number
  readonly peak: number
  readonly seconds: number
  /** Milliseconds to open the file again. */
  readonly openMs: number
}

const DAY_MS = 86_400_000
const DAYS = 35
const IDS_A_BODY = 10_000
const BODIES = 50
const BODIES_A_FOLD = 100

process.on('message', async (message: RememberIds) => process.send?.(await remember(message)))

/** Events of one rollup, so that ids are all that there is much of, arriving over as many days as ids are remembered. */
async function remember({ folder, ids }: RememberIds): Promise<RememberedIds> {
  const path = join(folder, 'usage.duckdb')
  const first = Math.floor(Date.now() / DAY_MS) * DAY_MS
  let clock = first
  const started = performance.now()
  let memory = { before: 0, now: 0, peak: 0 }
  {
    await using store = await openUsage(path, () => clock)
    await using ingest = ingestInto(store, () => clock)
    const before = memoryOf(process.pid).now
    forgetPeak(process.pid)
    const bodies = new RenewedBodies(Array.from({ length: BODIES }, (_, body) => bodyOf(body, first)))
    const sender = { organizationId: ORGANIZATION_ID, anyOrganization: false }
    for (let sent = 0; sent < ids; sent += IDS_A_BODY) {
      clock = first + Math.floor((sent / ids) * DAYS) * DAY_MS + 1
      const { accepted } = await ingest.accept(sender, 'native-ndjson', Uint8Array.from(bodies.next()))
      if (accepted !== IDS_A_BODY) throw new Error(`only ${accepted} ids were new`)
      if ((sent / IDS_A_BODY) % BODIES_A_FOLD === 0) await store.maintain()
    }
    memory = { before, ...memoryOf(process.pid) }
  }
  const seconds = (performance.now() - started) / 1000
  const opening = performance.now()
  await using _store = await openUsage(path, () => clock)
  return { ...memory, seconds, openMs: performance.now() - opening }
}

function bodyOf(body: number, time: number): Buffer {
  const line = (index: number) => {
    const id = `00000000-0000-4000-8000-${String(body * IDS_A_BODY + index).padStart(12, '0')}`
    return `{"id":"${id}","time":${time - 1},"clientId":"client","method":"GET","templateUri":"api/v2/users","status":200}\n`
  }
  return Buffer.from(Array.from({ length: IDS_A_BODY }, (_, index) => line(index)).join(''))
}
