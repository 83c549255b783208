import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UBIGINT } from '@duckdb/node-api'
import { IDENTITY_WORDS } from '../packages/server/src/domain/event-batch.ts'
import { SILENT_LOG } from '../packages/server/src/domain/log.ts'
import { openDatabase } from '../packages/server/src/store/duckdb/database.ts'
import { EventIds } from '../packages/server/src/store/duckdb/event-ids/event-ids.ts'
import { integerColumn, valuesColumn, Writer } from '../packages/server/src/store/duckdb/writer.ts'
import { median } from './figure.ts'
import { memoryOf, mib } from './memory.ts'

/** `node bench/event-ids.ts [ids in millions] [memory in MiB]`: remembered ids, 36 days of them, apart from the rest of the store. */
const IDS = Number(process.argv[2] ?? 10) * 1_000_000
const MEMORY_MB = Number(process.argv[3] ?? 512)
const DAYS = 36
const BATCH = 10_000
const LAST_DAY = 20_000

const folder = mkdtempSync(join(tmpdir(), 'routemeter-ids-'))
const path = join(folder, 'usage.duckdb')
const OPTIONS = {
  path,
  dedupeDays: 35,
  memoryBytes: MEMORY_MB * 2 ** 20,
  idsToSave: 200_000,
  log: { ...SILENT_LOG, warn: console.log },
}

/** Batches of hashes that are spread as those of events are; the same number makes the same ones. */
function hashes(seed: number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(BATCH * IDENTITY_WORDS)
  let state = (seed + 1) * 2_654_435_761
  for (let index = 0; index < words.length; index++) {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    words[index] = mixed ^ (mixed >>> 15)
  }
  // The generator has a short period: the seed tells the ids of two batches apart, and spreads them.
  for (let at = 0; at < words.length; at += IDENTITY_WORDS) words[at + 2] = seed
  return words
}

interface Timed {
  readonly microseconds: number
  /** Of this thread. */
  readonly cpu: number
  readonly duplicates: number
}

/** What a commit asks of the ids, without the disk. */
async function look(ids: EventIds, writer: Writer, words: Uint32Array, day: number): Promise<Timed> {
  const started = performance.now()
  const cpuBefore = process.threadCpuUsage().user
  await ids.prepare(writer.connection, day, BATCH)
  const known = await ids.known(writer.connection, words, BATCH)
  let duplicates = known.size
  for (let index = 0; index < BATCH; index++) if (!known.has(index) && !ids.remember(words, index)) duplicates++
  const cpu = (process.threadCpuUsage().user - cpuBefore) / BATCH
  return { microseconds: ((performance.now() - started) / BATCH) * 1000, cpu, duplicates }
}

async function write(ids: EventIds, writer: Writer, words: Uint32Array): Promise<void> {
  const { segment, day } = ids.current
  await writer.transaction(() =>
    writer.append('event_id', BATCH, [
      integerColumn(() => segment),
      integerColumn(() => day),
      valuesColumn(UBIGINT, halvesOf(words, 0)),
      valuesColumn(UBIGINT, halvesOf(words, 2)),
    ]),
  )
  ids.keep()
}

/** 64 bits of each hash, in two words. */
function halvesOf(words: Uint32Array, first: 0 | 2): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: 2 * BATCH }, (_, at) => words[(at >> 1) * IDENTITY_WORDS + first + (at & 1)] ?? 0)
}

const open = () => openDatabase({ path, now: Date.now, memoryLimitMb: 512, threads: undefined })
const percentile = (times: readonly number[], part: number) =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * part)] ?? Number.NaN
const summary = (times: readonly number[]) =>
  `median ${median(times).toFixed(2)}, p99 ${percentile(times, 0.99).toFixed(2)}, most ${Math.max(...times).toFixed(2)} µs an id`

async function fill(): Promise<void> {
  const database = await open()
  const writer = await Writer.open(database)
  const upkeep = await database.connect()
  const ids = await EventIds.open(upkeep, OPTIONS)
  const batches = IDS / BATCH
  const lookups: number[] = []
  const moves: number[] = []
  const cpus: number[] = []
  const started = performance.now()
  for (let batch = 0; batch < batches; batch++) {
    const words = hashes(batch)
    const day = LAST_DAY - DAYS + 1 + Math.floor((batch * DAYS) / batches)
    const { microseconds, cpu, duplicates } = await look(ids, writer, words, day)
    cpus.push(cpu)
    if (duplicates > 0) throw new Error(`${duplicates} ids of batch ${batch} were taken for duplicates`)
    lookups.push(microseconds)
    await write(ids, writer, words)
    if (!ids.isMoveDue) continue
    const began = performance.now()
    await ids.move(upkeep)
    moves.push(performance.now() - began)
    if (database.logSize() > 64 * 2 ** 20) await writer.connection.run('CHECKPOINT')
  }
  const seconds = (performance.now() - started) / 1000
  console.log(`filled with ${IDS / 1e6} million ids in ${seconds.toFixed(0)} s`)
  console.log(
    `  lookups and upkeep of the filter while filling, batches of ${BATCH}: ${summary(lookups)}; of the processor: ${summary(cpus)}`,
  )
  console.log(`  the last tenth: ${summary(lookups.slice(-Math.ceil(batches / 10)))}`)
  const moving = moves.reduce((sum, ms) => sum + ms, 0)
  console.log(
    `  moves on disk, in the background: median ${median(moves).toFixed(0)} ms, all ${((moving / IDS) * 1000).toFixed(2)} µs an id`,
  )
  await ids.move(upkeep)
  upkeep.disconnectSync()
  await writer.connection.run('CHECKPOINT')
  writer.close()
  database.close()
}

async function measureOpened(): Promise<void> {
  let began = performance.now()
  const database = await open()
  const writer = await Writer.open(database)
  console.log(`opening the file: ${(performance.now() - began).toFixed(0)} ms`)
  globalThis.gc?.()
  began = performance.now()
  const ids = await EventIds.open(writer.connection, OPTIONS)
  await ids.loaded
  console.log(`reading the ids: ${(performance.now() - began).toFixed(0)} ms`)
  const after: number[] = []
  await timeNew(ids, writer, 20, after, [])
  console.log(`new ids just after the start: ${summary(after)}`)
  globalThis.gc?.()
  const held = process.memoryUsage().arrayBuffers
  console.log(`memory: ${mib(held)} for ids, ${mib(memoryOf(process.pid).now)} in all, DuckDB's cache included`)
  const fresh: number[] = []
  const cpus: number[] = []
  await timeNew(ids, writer, 100, fresh, cpus)
  console.log(`new ids: ${summary(fresh)}; of the processor: ${summary(cpus)}`)
  await timeOld(ids, writer)
  console.log(`on disk: ${(statSync(path).size / IDS).toFixed(1)} B an id`)
  began = performance.now()
  await ids.dropExpired(writer.connection, LAST_DAY + 1)
  console.log(`dropping a day: ${(performance.now() - began).toFixed(0)} ms, in transactions of 200,000 ids`)
  writer.close()
  database.close()
}

let unused = 1e6
async function timeNew(ids: EventIds, writer: Writer, batches: number, times: number[], cpus: number[]): Promise<void> {
  for (let batch = 0; batch < batches; batch++) {
    const timed = await look(ids, writer, hashes(unused++), LAST_DAY)
    times.push(timed.microseconds)
    cpus.push(timed.cpu)
    ids.forget()
  }
}

/** Batches that came before, of random days; and new ones of which one in a thousand came before. */
async function timeOld(ids: EventIds, writer: Writer): Promise<void> {
  const whole: number[] = []
  const few: number[] = []
  for (let repeat = 0; repeat < 10; repeat++) {
    const batch = Math.floor((((repeat * 7 + 3) % 10) / 10) * (IDS / BATCH))
    const { microseconds, duplicates } = await look(ids, writer, hashes(batch), LAST_DAY)
    if (duplicates !== BATCH) throw new Error(`only ${duplicates} of batch ${batch} were found`)
    whole.push(microseconds)
    ids.forget()
    const words = hashes(unused++)
    words.set(hashes(batch).subarray(0, 10 * IDENTITY_WORDS))
    const mixed = await look(ids, writer, words, LAST_DAY)
    if (mixed.duplicates !== 10) throw new Error(`${mixed.duplicates} of 10 were found`)
    few.push(mixed.microseconds)
    ids.forget()
  }
  console.log(`batches that all came before, on one day: ${summary(whole)}`)
  console.log(`batches of which one id in a thousand came before: ${summary(few)}`)
}

try {
  await fill()
  await measureOpened()
} finally {
  rmSync(folder, { recursive: true })
}
