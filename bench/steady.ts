import { setTimeout } from 'node:timers/promises'
import { makeDataFolder } from './data-folder.ts'
import { atMost, type Figure, type Measured, median, thousands } from './figure.ts'
import { prepareLoad, sendToServer } from './load/load.ts'
import { memoryOf, mib } from './memory.ts'
import type { BenchOptions, Part } from './part.ts'
import { startServerProcess } from './server-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

export const steady: Part = {
  name: 'steady',
  title: 'Ten minutes at full speed',
  method:
    'The load of ingest, its bodies sent again and again with new ids, as fast as they are answered. Memory is that of the server’s process, once a second. In the first minutes DuckDB fills what it may use (storeMemoryMb); the filter of ids grows with them up to a setting (dedupeMemoryMb). From halfway on nothing else may grow.',
  measure,
}

/** Medians of what was seen in so long a time. */
const WINDOW_SECONDS = 30
/** Bytes that the filter takes for an id (docs/performance.md). */
const FILTER_BYTES_AN_ID = 3.8

async function measure({ full }: BenchOptions): Promise<Measured> {
  const seconds = full ? 600 : 60
  using folder = temporaryFolder()
  await makeDataFolder(folder.path)
  const events = { bodies: 200, eventsEach: 5_000, until: Date.now() }
  const pace = { kind: 'closed', warmUpSeconds: 30, seconds } as const
  await using load = await prepareLoad({ events, connections: 8, pace })
  await using server = await startServerProcess(folder.path)
  const seen: number[] = []
  const watch = new AbortController()
  const watching = watchMemory(server.pid, seen, watch.signal)
  const { events: counted, seconds: took, sent } = await sendToServer(load, server)
  watch.abort()
  await watching
  const after = (second: number) => median(seen.slice(Math.max(0, second - WINDOW_SECONDS), second))
  const [halfway, last] = [after(Math.round(seen.length / 2)), after(seen.length)]
  const ids = (sent / 2) * FILTER_BYTES_AN_ID
  const figures: Figure[] = [
    {
      name: `${thousands(counted / took)} events/s for ${Math.round(took / 60)} minutes`,
      value: `memory after a minute ${mib(after(60))}, halfway ${mib(halfway)}, at the end ${mib(last)}, peak ${mib(memoryOf(server.pid).peak)}`,
      against: `${Math.round(sent / 1e6)} million ids remembered: their filter grew by ${mib(ids)} in the second half`,
      target: atMost(200, (last - halfway - ids) / 2 ** 20, ' MiB more in the second half, the filter apart'),
    },
  ]
  return { figures }
}

async function watchMemory(pid: number, seen: number[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    seen.push(memoryOf(pid).now)
    await setTimeout(1000, undefined, { signal }).catch(() => {})
  }
}
