import { SILENT_LOG } from '../../domain/log.ts'
import { commitEvents } from '../commit-events.ts'
import { openDuckDbStore } from './duckdb-store.ts'
import { killedEvents, MOVES } from './kill-events.ts'

/** For the kill test: commits batch after batch to the file it is given, from the batch it is given on, and says so. */
const [path = '', first = '0'] = process.argv.slice(2)
const store = await openDuckDbStore({ path, now: Date.now, log: SILENT_LOG, idsToSave: 1 })
for (let batch = Number(first); ; batch++) {
  await commitEvents(store, killedEvents(batch))
  process.stdout.write(`${batch}\n`)
  // Begun before the next batches are committed, and maybe killed half-way.
  if (batch % 5 === 1) void store.moveTemplates('acme', MOVES)
  if (batch % 5 === 4) await store.maintain()
}
