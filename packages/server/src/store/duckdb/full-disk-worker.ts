import { createInterface } from 'node:readline'
import { SILENT_LOG } from '../../domain/log.ts'
import { commitEvents } from '../commit-events.ts'
import { StoreUnavailable } from '../usage-store.ts'
import { openDuckDbStore } from './duckdb-store.ts'
import { killedEvents } from './kill-events.ts'

/** For the full disk test: commits until it is refused, says what a query answers then, and goes on at each line it reads. */
const [path = '', checkpointBytes = '0'] = process.argv.slice(2)
let reopened = 0
const log = {
  ...SILENT_LOG,
  warn: () => {
    reopened++
  },
}
const store = await openDuckDbStore({
  path,
  now: Date.now,
  log,
  checkpointBytes: Number(checkpointBytes),
  memoryLimitMb: 256,
})

async function requests(): Promise<number> {
  return (await store.describe('acme')).requests + (await store.describe('globex')).requests
}

let batch = 0
async function commitUntilRefused(most: number): Promise<boolean> {
  for (let count = 0; count < most; count++) {
    try {
      await commitEvents(store, killedEvents(batch))
      batch++
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      return true
    }
  }
  return false
}

const say = async (isRefused: boolean) => {
  process.stdout.write(`${JSON.stringify({ isRefused, acknowledged: batch, requests: await requests(), reopened })}\n`)
}
await say(await commitUntilRefused(10_000))
for await (const _ of createInterface({ input: process.stdin })) await say(await commitUntilRefused(5))
await store[Symbol.asyncDispose]()
