import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DataFolderProblem } from '../../domain/data-folder-problem.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import { commitEvents } from '../commit-events.ts'
import { rowsOf } from '../usage-store.contract.ts'
import type { UsageStore } from '../usage-store.ts'
import { openDuckDbStore } from './duckdb-store.ts'
import { EVENTS_A_BATCH, killedEvents } from './kill-events.ts'

// Damage is reported, or does not matter: it is never read as other numbers, and never repaired in silence.
const BOTH = makeScope(['acme', 'globex'])
const FOLDED = 12
const BATCHES = 18
const NOW = Date.UTC(2026, 10, 23)

let folder: string
let path: string
/** A folder as a kill leaves it: some of it in the file, some in the log only. */
let whole: { readonly file: Buffer; readonly log: Buffer; readonly record: Buffer; readonly filter: Buffer }
let counts: string
let warnings: string[] = []

const log = { ...SILENT_LOG, warn: (_: object, message: string) => warnings.push(message) }
const open = () => openDuckDbStore({ path, now: () => NOW, log, memoryLimitMb: 256, threads: 1, idsToSave: 1 })
const filterFiles = () => readdirSync(folder).filter((name) => name.startsWith('usage.duckdb.ids-'))

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-damage-'))
  path = join(folder, 'usage.duckdb')
  {
    await using store = await open()
    for (let batch = 0; batch < FOLDED; batch++) await commitEvents(store, killedEvents(batch))
  }
  // What one start finds among the newest is sorted, the next one has it in the filter, and saves that.
  for (let start = 0; start < 2; start++) {
    await using store = await open()
    await store.maintain()
  }
  await using store = await open()
  for (let batch = FOLDED; batch < BATCHES; batch++) await commitEvents(store, killedEvents(batch))
  counts = await countsOf(store)
  whole = {
    file: readFileSync(path),
    log: readFileSync(`${path}.wal`),
    record: readFileSync(`${path}.last-commit`),
    filter: readFileSync(join(folder, filterFiles()[0] ?? '')),
  }
})

afterAll(() => rmSync(folder, { recursive: true }))

async function countsOf(store: UsageStore): Promise<string> {
  const answers: unknown[] = [await rowsOf(store, BOTH, { granularity: 'Day', metrics: ['requests', 'status200'] })]
  for (const dimension of ['clientId', 'userId', 'templateUri', 'organizationId', 'httpMethod'] as const) {
    const rows = await rowsOf(store, BOTH, { groupBy: [dimension], metrics: ['requests', 'durationAvg'] })
    answers.push(rows.map(String).toSorted())
  }
  return JSON.stringify(answers)
}

/** What becomes of a folder with these files: 'refused', 'failed' when somebody asks, or what it counts, resends too. */
async function outcomeOf(damaged: {
  file: Buffer
  log: Buffer | undefined
  record?: Buffer
  filter?: Buffer
}): Promise<string> {
  warnings = []
  for (const end of ['.wal', '.last-commit']) rmSync(`${path}${end}`, { force: true })
  for (const name of filterFiles()) rmSync(join(folder, name))
  if (damaged.filter !== undefined) writeFileSync(`${path}.ids-1`, damaged.filter)
  writeFileSync(path, damaged.file)
  if (damaged.log !== undefined) writeFileSync(`${path}.wal`, damaged.log)
  writeFileSync(`${path}.last-commit`, damaged.record ?? whole.record)
  let store: UsageStore
  try {
    store = await open()
  } catch (error) {
    expect(error).toBeInstanceOf(DataFolderProblem)
    expect(String(error)).toContain(`The usage file ${path} `)
    expect(readFileSync(path).equals(damaged.file)).toBe(true)
    if (damaged.log !== undefined) expect(readFileSync(`${path}.wal`).equals(damaged.log)).toBe(true)
    return 'refused'
  }
  try {
    const seen = await countsOf(store)
    for (const batch of [1, BATCHES - 1]) {
      const duplicates = await commitEvents(store, killedEvents(batch))
      if (duplicates !== EVENTS_A_BATCH) return `only ${duplicates} of batch ${batch} are remembered`
    }
    return seen === counts ? 'right' : seen
  } catch (error) {
    expect(String(error)).toMatch(/checksum|Corrupt|Could not read|Failed to load|cannot be opened now/)
    return 'failed'
  } finally {
    await store[Symbol.asyncDispose]()
  }
}

/** Repeatable places in a file. */
function* places(count: number, end: number): Generator<{ at: number; bit: number }> {
  let state = 20261123
  for (let place = 0; place < count; place++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    yield { at: Math.floor((state / 2 ** 32) * end), bit: (state >>> 5) % 8 }
  }
}

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const damaged = Buffer.from(bytes)
  damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
  return damaged
}

test('a folder that was only killed counts right', async () => {
  expect(await outcomeOf(whole)).toBe('right')
})

test('the saved filter of ids may be damaged anywhere, cut short or missing: that is logged, and all ids are known', async () => {
  expect(await outcomeOf(whole)).toBe('right')
  expect(warnings).toEqual([])
  const { length } = whole.filter
  const flips = [...places(8, length)].map(({ at, bit }) => flipped(whole.filter, at, bit))
  for (const filter of [...flips, whole.filter.subarray(0, length / 2), Buffer.alloc(length), undefined]) {
    const { file, log, record } = whole
    expect(await outcomeOf({ file, log, record, ...(filter === undefined ? {} : { filter }) })).toBe('right')
    expect(warnings).toEqual(['the saved filter of event ids is damaged: what is is made anew from the ids'])
  }
})

test('a flipped bit anywhere in the file is reported or changes nothing', async () => {
  const outcomes = new Set<string>()
  for (const { at, bit } of places(40, whole.file.length)) {
    outcomes.add(await outcomeOf({ ...whole, file: flipped(whole.file, at, bit) }))
  }
  expect(outcomes.difference(new Set(['refused', 'failed', 'right']))).toEqual(new Set())
  expect(outcomes).toContain('refused')
}, 120_000)

test('a flipped bit anywhere in the log is reported, in its beginning and in the length of its last entry too', async () => {
  const outcomes = new Set<string>()
  const last = lastEntryOf(whole.log)
  const chosen = [...Array(32).keys()].map((at) => ({ at, bit: at % 8 }))
  const lengths = [...Array(8).keys()].map((byte) => ({ at: last + byte, bit: 0 }))
  for (const { at, bit } of [...chosen, ...lengths, ...places(20, whole.log.length)]) {
    outcomes.add(await outcomeOf({ ...whole, log: flipped(whole.log, at, bit) }))
  }
  expect(outcomes).toEqual(new Set(['refused']))
}, 120_000)

test('a file that was cut short is reported', async () => {
  const outcomes = new Set<string>()
  for (const { at } of places(12, whole.file.length)) {
    outcomes.add(await outcomeOf({ ...whole, file: whole.file.subarray(0, at) }))
  }
  expect(outcomes.difference(new Set(['refused', 'failed']))).toEqual(new Set())
}, 120_000)

test('a log that was cut short or is missing is reported, and again by the next start', async () => {
  for (const { at } of places(12, whole.log.length)) {
    expect(await outcomeOf({ ...whole, log: whole.log.subarray(0, at) })).toBe('refused')
  }
  expect(await outcomeOf({ ...whole, log: undefined })).toBe('refused')
  await expect(open()).rejects.toThrow(
    /lacks what was counted last \(commit 12 is the last of 18\).*Restore the data folder from a backup; to go on without what is missing, delete .*usage\.duckdb\.last-commit/,
  )
  rmSync(`${path}.last-commit`)
  await using store = await open()
  expect(await rowsOf(store, BOTH)).toEqual([[FOLDED * EVENTS_A_BATCH]])
}, 120_000)

test('what follows the last commit in the log, as a crash leaves it, is cut off', async () => {
  const uncommitted = whole.log.subarray(lastEntryOf(whole.log), whole.log.length - 1)
  expect(await outcomeOf({ ...whole, log: Buffer.concat([whole.log, uncommitted]) })).toBe('right')
})

test('a record that is missing, older or unreadable, as a power cut may leave it, keeps nothing from starting', async () => {
  for (const record of ['', '12\n', '\0\0\0\0', 'what is this']) {
    expect(await outcomeOf({ ...whole, record: Buffer.from(record) })).toBe('right')
  }
})

/** Where the last entry begins: entries are their length and a checksum, 8 bytes each, and so many bytes. */
function lastEntryOf(log: Buffer): number {
  for (let at = log.length - 17; at > 0; at--) {
    if (Number(log.readBigUInt64LE(at)) === log.length - at - 16) return at
  }
  throw new Error('the log has no entry')
}
