import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { ORGANIZATION_ID, openUsage } from './data-folder.ts'
import { atMost, type Figure, type Measured } from './figure.ts'
import { ingestInto } from './ingest/ingest-into.ts'
import type { BenchOptions, Part } from './part.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { demoTraffic, spreadTraffic, steadyTraffic, type Traffic } from './traffic.ts'

const DAY_MS = 86_400_000
/** After so many days minutes have become quarters of an hour, and so many more until ids are forgotten. */
const AGED_DAYS = 10
const FORGOTTEN_DAYS = 40
/** Upkeep comes once a minute, not with every body. */
const BODIES_A_FOLD = 10
/** A table with fewer rows has no size worth a figure. */
const FEW_ROWS = 50_000

export const disk: Part = {
  name: 'disk',
  title: 'Disk',
  method:
    'Of the usage file after compaction, copied into a new file, because a file never shrinks. Ten days after the events minutes have become quarters of an hour; forty days after them their ids are forgotten.',
  measure,
}

async function measure({ full }: BenchOptions): Promise<Measured> {
  const now = Math.floor(Date.now() / DAY_MS) * DAY_MS
  const busy = await measureTraffic(steadyTraffic(now, full ? 6 : 1), now)
  const demo = await measureTraffic(demoTraffic(now, full ? 30 : 10), now)
  const spread = await measureTraffic(spreadTraffic(now, full ? 100 : 20), now)
  const figures: Figure[] = [
    ofEvent('a busy gateway, 24 integrations of 10 users and 15 routes, 100 calls a second', busy, 2),
    ofEvent('the demo’s calls, some 15 thousand a day', demo),
    ofEvent('the worst case, the events of ingest: 5,000 users by 2,206 routes at random', spread),
    ...spread.tables.map(ofRow),
  ]
  return { figures }
}

interface Sizes {
  readonly events: number
  /** While ids are remembered, and afterwards. */
  readonly remembered: number
  readonly forgotten: number
  /** Of the large tables, while ids are remembered. */
  readonly tables: readonly TableSize[]
  readonly rollups: number
}

interface TableSize {
  readonly table: string
  readonly rows: number
  readonly bytes: number
}

function ofEvent(name: string, { events, remembered, forgotten, rollups }: Sizes, most?: number): Figure {
  const each = forgotten / events
  return {
    name: `an event: ${name}`,
    value: `${each.toFixed(1)} B; ${(remembered / events).toFixed(1)} B while its id is remembered`,
    against: `${events.toLocaleString('en-US')} events, ${(rollups / events).toFixed(2)} rollup rows an event`,
    ...(most === undefined ? {} : { target: atMost(most, each, ' B') }),
  }
}

const ROW_TARGETS: Readonly<Record<string, number>> = { usage_fine: 15, event_id: 17 }

function ofRow({ table, rows, bytes }: TableSize): Figure {
  const each = bytes / rows
  const most = ROW_TARGETS[table]
  return {
    name: `a row of ${table}, in the worst case`,
    value: `${each.toFixed(1)} B`,
    against: `${rows.toLocaleString('en-US')} rows`,
    ...(most === undefined ? {} : { target: atMost(most, each, ' B') }),
  }
}

/** Takes the events in, and lets the store's upkeep do its work as the days go by. */
async function measureTraffic(traffic: Traffic, now: number): Promise<Sizes> {
  using folder = temporaryFolder()
  const path = join(folder.path, 'usage.duckdb')
  const events = await takeIn(path, traffic, now)
  await upkeepAt(path, now + AGED_DAYS * DAY_MS)
  const remembered = await copiedSize(path, join(folder.path, 'remembered.duckdb'))
  const tables = await tableSizes(path, folder.path)
  const rollups = tables.find(({ table }) => table === 'usage_fine')?.rows ?? Number.NaN
  await upkeepAt(path, now + FORGOTTEN_DAYS * DAY_MS)
  const forgotten = await copiedSize(path, join(folder.path, 'forgotten.duckdb'))
  return { events, remembered, forgotten, rollups, tables: tables.filter(({ rows }) => rows >= FEW_ROWS) }
}

async function takeIn(path: string, traffic: Traffic, now: number): Promise<number> {
  await using store = await openUsage(path, () => now)
  await using ingest = ingestInto(store, () => now)
  const sender = { organizationId: ORGANIZATION_ID, anyOrganization: false }
  let [events, bodies] = [0, 0]
  for (const lines of traffic) {
    const { accepted } = await ingest.accept(sender, 'native-ndjson', new TextEncoder().encode(lines.join('\n')))
    if (accepted !== lines.length) throw new Error(`${accepted} of ${lines.length} events were counted`)
    events += accepted
    if (++bodies % BODIES_A_FOLD === 0) await store.maintain()
  }
  return events
}

async function upkeepAt(path: string, time: number): Promise<void> {
  await using store = await openUsage(path, () => time)
  await store.maintain()
}

/** Bytes of a file that holds the same and no free space. */
async function copiedSize(path: string, copy: string): Promise<number> {
  await withConnection(path, async (connection) => {
    await connection.run(`ATTACH '${copy}' AS copied`)
    await connection.run('COPY FROM DATABASE usage TO copied')
    await connection.run('DETACH copied')
  })
  return statSync(copy).size
}

function tableSizes(path: string, folder: string): Promise<readonly TableSize[]> {
  return withConnection(path, async (connection) => {
    const listed = await connection.runAndReadAll('SELECT table_name FROM duckdb_tables() WHERE NOT internal')
    const sizes: TableSize[] = []
    for (const [name] of listed.getRows()) {
      const table = String(name)
      const copy = join(folder, `${table}.duckdb`)
      await connection.run(`ATTACH '${copy}' AS copied`)
      await connection.run(`CREATE TABLE copied."${table}" AS FROM usage."${table}"`)
      const counted = await connection.runAndReadAll(`SELECT count(*) FROM copied."${table}"`)
      await connection.run('DETACH copied')
      sizes.push({ table, rows: Number(counted.getRows()[0]?.[0]), bytes: statSync(copy).size })
    }
    return sizes
  })
}

async function withConnection<T>(path: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  try {
    return await work(connection)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
