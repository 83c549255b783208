import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { IDENTITY_WORDS } from '../../../domain/event-batch.ts'
import { SILENT_LOG } from '../../../domain/log.ts'
import { IdentityHash } from '../../event-identity.ts'
import { migrate } from '../migrations.ts'
import { integer, rowsOf, unsigned } from '../sql.ts'
import { EventIds } from './event-ids.ts'

const DEDUPE_DAYS = 3
/** For no filter at all, one of a few ids, one of some days, and one of all. */
const MEMORIES = [1, 300_000, 1_500_000, 1e8]
/** What a step calls an id stands for so many, so that tables fill up and every group has some. */
const IDS = 100

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-ids-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** What one commit does with the ids, and what happens after it. */
interface Step {
  readonly ids: readonly number[]
  /** The transaction is rolled back. */
  readonly fails: boolean
  readonly days: number
  readonly drops: boolean
  readonly moves: boolean
  /** Beside it the next commits; or it ends in the middle, as by a kill or a full disk. */
  readonly saves: 'no' | 'alone' | 'beside commits' | 'half'
  readonly restarts: boolean
  /** What is in the folder by the restart; the older file is one that a backup brought. */
  readonly damage: 'none' | 'flipped bit' | 'zeros' | 'cut' | 'missing' | 'older'
  /** Which of the memories is set at the restart. */
  readonly memory: number
}

const seldom = fc.integer({ min: 0, max: 9 }).map((dice) => dice < 3)
const someStep: fc.Arbitrary<Step> = fc.record({
  ids: fc.array(fc.nat(90), { maxLength: 25 }),
  fails: seldom,
  days: fc.constantFrom(0, 0, 0, 1, 2),
  drops: fc.boolean(),
  moves: fc.boolean(),
  saves: fc.constantFrom('no', 'no', 'alone', 'alone', 'beside commits', 'half'),
  restarts: seldom,
  damage: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'flipped bit', 'zeros', 'cut', 'missing', 'older'),
  memory: fc.constantFrom(0, 1, 2, 2, 3, 3),
})

/** A database with remembered ids, and a plain map of what they should be. */
class Remembered {
  ids: EventIds
  readonly #connection: DuckDBConnection
  readonly #folder: string
  readonly #arrivals = new Map<number, number>()
  #olderFile: Buffer | undefined
  day = 20_000

  private constructor(connection: DuckDBConnection, folder: string, ids: EventIds) {
    this.#connection = connection
    this.#folder = folder
    this.ids = ids
  }

  static async open(connection: DuckDBConnection, folder: string, memoryBytes: number): Promise<Remembered> {
    return new Remembered(connection, folder, await openIds(connection, folder, memoryBytes))
  }

  async run([step, ...rest]: readonly Step[]): Promise<void> {
    if (step === undefined) return
    await this.#commit(step)
    if (step.moves) await this.ids.move(this.#connection, async () => {})
    const left = await this.#save(step, rest)
    if (step.drops) await this.ids.dropExpired(this.#connection, this.day, async () => {})
    if (step.restarts) await this.#restart(step)
    await this.run(left)
  }

  async #commit(step: Step): Promise<void> {
    this.day += step.days
    const day = this.day
    const count = step.ids.length * IDS
    const words = this.hashed(step.ids)
    await this.ids.prepare(this.#connection, day, count)
    const known = await this.ids.known(this.#connection, words, count)
    const all = Array.from({ length: count }, (_, index) => index)
    const fresh = all.filter((index) => !known.has(index) && this.ids.remember(words, index))
    const expected = step.ids.flatMap((id, index) => {
      const arrived = this.#arrivals.get(id)
      const isKnown = arrived !== undefined && arrived >= day - DEDUPE_DAYS
      return isKnown || step.ids.indexOf(id) < index ? [] : all.slice(index * IDS, (index + 1) * IDS)
    })
    expect(fresh).toEqual(expected)
    if (step.fails) {
      this.ids.forget()
      return
    }
    const halves = new BigUint64Array(words.buffer)
    await rowsOf(this.#connection, 'INSERT INTO event_id SELECT $segment, $day, unnest($hi), unnest($lo)', {
      segment: integer(this.ids.current.segment),
      day: integer(this.ids.current.day),
      hi: unsigned(fresh.map((index) => halves[index * 2] ?? 0n)),
      lo: unsigned(fresh.map((index) => halves[index * 2 + 1] ?? 0n)),
    })
    for (const index of fresh) this.#arrivals.set(step.ids[Math.floor(index / IDS)] ?? -1, day)
    this.ids.keep()
  }

  hashed(ids: readonly number[]): Uint32Array<ArrayBuffer> {
    const words = new Uint32Array(ids.length * IDS * IDENTITY_WORDS)
    const hash = new IdentityHash(this.ids.key)
    for (let index = 0; index < ids.length * IDS; index++) {
      hash.write(words, index * IDENTITY_WORDS, 1, 0, `id-${ids[Math.floor(index / IDS)]}-${index % IDS}`)
    }
    return words
  }

  /** @returns the steps that were not taken beside it. */
  async #save({ saves }: Step, next: readonly Step[]): Promise<readonly Step[]> {
    if (saves === 'no') return next
    let left = next
    let parts = 0
    const pause = async () => {
      parts++
      if (saves === 'half' && parts === 5) throw new Error('killed')
      const [step, ...rest] = left
      if (saves !== 'beside commits' || parts % 3 !== 0 || step === undefined || step.restarts) return
      left = rest
      await this.#commit(step)
    }
    const saving = this.ids.save(this.#connection, pause)
    if (saves === 'half') await expect(saving).rejects.toThrow('killed')
    else await saving
    return left
  }

  async #restart({ damage, memory }: Step): Promise<void> {
    const name = readdirSync(this.#folder).find((file) => /\.ids-\d+$/.test(file))
    if (name !== undefined) {
      const path = join(this.#folder, name)
      const file = readFileSync(path)
      if (damage === 'missing') rmSync(path)
      if (damage === 'cut') writeFileSync(path, file.subarray(0, Math.floor(file.length * 0.7)))
      if (damage === 'older' && this.#olderFile !== undefined) writeFileSync(path, this.#olderFile)
      if (damage === 'zeros') writeFileSync(path, Buffer.from(file).fill(0, 5000, Math.floor(file.length / 3)))
      if (damage === 'flipped bit') writeFileSync(path, flipped(file, this.day))
      this.#olderFile = file
    }
    this.ids = await openIds(this.#connection, this.#folder, MEMORIES[memory] ?? 1)
  }
}

/** Of a byte that is not zero, of which there are many. */
function flipped(file: Buffer, seed: number): Buffer {
  const damaged = Buffer.from(file)
  let at = (seed * 7919) % file.length
  while (damaged[at] === 0) at = (at + 1) % file.length
  damaged[at] = (damaged[at] ?? 0) ^ 4
  return damaged
}

async function openIds(
  connection: DuckDBConnection,
  folder: string,
  memoryBytes: number,
  dedupeDays = DEDUPE_DAYS,
  log = SILENT_LOG,
): Promise<EventIds> {
  const path = join(folder, 'usage.duckdb')
  const ids = await EventIds.open(connection, { path, dedupeDays, memoryBytes, idsToSave: 1, log })
  await ids.loaded
  return ids
}

async function database(): Promise<{ connection: DuckDBConnection } & Disposable> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await migrate(connection, 0)
  const close = () => {
    connection.closeSync()
    instance.closeSync()
  }
  return { connection, [Symbol.dispose]: close }
}

test('ids are known exactly, across failures, days, saves, damage and restarts, whatever the memory', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(someStep, { minLength: 5, maxLength: 40 }), async (steps) => {
      using opened = await database()
      for (const file of readdirSync(folder)) rmSync(join(folder, file))
      await (await Remembered.open(opened.connection, folder, MEMORIES[steps.length % 4] ?? 1)).run(steps)
    }),
    { numRuns: 20, endOnFailure: true },
  )
}, 200_000)

const STEP: Step = {
  ids: [],
  fails: false,
  days: 0,
  drops: false,
  moves: false,
  saves: 'no',
  restarts: false,
  damage: 'none',
  memory: 3,
}
const idsFrom = (first: number) => Array.from({ length: 60 }, (_, index) => first + index)

test('ids that a restart with less memory parted, some into the filter and some not, are all known after the next one', async () => {
  using opened = await database()
  const remembered = await Remembered.open(opened.connection, folder, 1e8)
  const parted = [...idsFrom(0), ...idsFrom(300)]
  await remembered.run([
    { ...STEP, ids: parted, restarts: true, memory: 2 },
    { ...STEP, moves: true },
    { ...STEP, ids: idsFrom(100), saves: 'alone', restarts: true },
    { ...STEP, ids: [...parted, ...idsFrom(100)] },
  ])
})

test('ids that come after a restart with nothing but a saved filter are known after the next one', async () => {
  using opened = await database()
  const remembered = await Remembered.open(opened.connection, folder, 1e8)
  await remembered.run([
    { ...STEP, ids: idsFrom(0), restarts: true },
    { ...STEP, moves: true, saves: 'alone', restarts: true },
    { ...STEP, saves: 'alone', restarts: true },
    { ...STEP, ids: idsFrom(100), restarts: true },
    { ...STEP, moves: true, restarts: true },
    { ...STEP, ids: [...idsFrom(0), ...idsFrom(100)] },
  ])
})

test('a saved filter that belongs to another database is not taken for its own', async () => {
  const steps = (first: number): readonly Step[] => [
    { ...STEP, ids: idsFrom(first), restarts: true },
    { ...STEP, moves: true, restarts: true },
    { ...STEP, saves: 'alone' },
  ]
  using other = await database()
  await (await Remembered.open(other.connection, folder, 1e8)).run(steps(0))
  const file = join(folder, 'usage.duckdb.ids-1')
  const others = readFileSync(file)
  using own = await database()
  const remembered = await Remembered.open(own.connection, folder, 1e8)
  await remembered.run(steps(100))
  expect(readFileSync(file).length).toBe(others.length)
  writeFileSync(file, others)
  await remembered.run([
    { ...STEP, restarts: true },
    { ...STEP, ids: idsFrom(100) },
  ])
})

test('the days that a longer dedupeDays adds are known, as far as their ids are still on disk', async () => {
  using opened = await database()
  const remembered = await Remembered.open(opened.connection, folder, 1e8)
  await remembered.run([
    { ...STEP, ids: idsFrom(0), restarts: true },
    { ...STEP, moves: true, restarts: true },
    { ...STEP, ids: idsFrom(100), days: DEDUPE_DAYS + 1, restarts: true },
    { ...STEP, moves: true, restarts: true },
    { ...STEP, saves: 'alone', restarts: true },
  ])
  const words = remembered.hashed(idsFrom(0))
  const count = words.length / IDENTITY_WORDS
  const knownFor = async (dedupeDays: number) => {
    const ids = await openIds(opened.connection, folder, 1e8, dedupeDays)
    await ids.prepare(opened.connection, remembered.day, count)
    return (await ids.known(opened.connection, words, count)).size
  }
  expect(await knownFor(DEDUPE_DAYS)).toBe(0)
  expect(await knownFor(DEDUPE_DAYS + 1)).toBe(count)
})

test('a start reads the saved filter, and of the ids only those that came after it', async () => {
  using opened = await database()
  const { connection } = opened
  const remembered = await Remembered.open(connection, folder, 1e8)
  await remembered.run([
    { ...STEP, ids: idsFrom(0), restarts: true },
    { ...STEP, moves: true, restarts: true },
    { ...STEP, saves: 'alone' },
    { ...STEP, ids: idsFrom(100), restarts: true },
    { ...STEP, moves: true },
  ])
  // Where it is not made of these, the filter has what they were.
  const turnAround = () => connection.run('UPDATE event_id_sorted SET hi = xor(hi, 18446744073709551615::UBIGINT)')
  await turnAround()
  await remembered.run([{ ...STEP, restarts: true }])
  await turnAround()
  const knownOf = async (ids: readonly number[]) => {
    const words = remembered.hashed(ids)
    return (await remembered.ids.known(connection, words, words.length / IDENTITY_WORDS)).size
  }
  expect(await knownOf(idsFrom(0))).toBe(60 * IDS)
  expect(await knownOf(idsFrom(100))).toBe(0)
})
