import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IDENTITY_WORDS } from '../../../domain/event-batch.ts'
import { SILENT_LOG } from '../../../domain/log.ts'
import { IdentityHash } from '../../event-identity.ts'
import { migrate } from '../migrations.ts'
import { EventIds } from './event-ids.ts'
import { ExactTable } from './exact-table.ts'
import { FingerprintFilter } from './fingerprint-filter.ts'

const hasher = new IdentityHash('00'.repeat(32))

function hashes(ids: readonly string[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(ids.length * IDENTITY_WORDS)
  for (const [index, id] of ids.entries()) hasher.write(words, index * IDENTITY_WORDS, 1, 0, id)
  return words
}

test('organization, id and time together make the identity, ids that only differ in broken characters too', () => {
  const words = new Uint32Array(IDENTITY_WORDS)
  const seen = new Set<string>()
  const identities = [
    [1, 0, 'a'],
    [2, 0, 'a'],
    [1, 1, 'a'],
    [11, 0, 'a'],
    [1, 10, 'a'],
    [1, 0, 'b'],
    [1, 0, '\ud800'],
    [1, 0, '\udc00'],
    [1, 0, '\ufffd'],
  ] as const
  for (const [organization, time, id] of identities) {
    hasher.write(words, 0, organization, time, id)
    seen.add(words.join())
  }
  expect(seen.size).toBe(identities.length)
  new IdentityHash('01'.repeat(32)).write(words, 0, 1, 0, 'a')
  expect(seen.has(words.join())).toBe(false)
})

test('the exact table is a set that grows, and additions can be taken back', () => {
  const ids = Array.from({ length: 5000 }, (_, index) => `id-${index}`)
  const words = hashes(ids)
  const table = new ExactTable()
  for (let index = 0; index < 4000; index++) {
    table.reserve(1)
    expect(table.add(words, index * IDENTITY_WORDS)).toBeGreaterThanOrEqual(0)
  }
  table.reserve(1000)
  const slots = Array.from({ length: 1000 }, (_, index) => table.add(words, (4000 + index) * IDENTITY_WORDS))
  table.undo(slots)
  expect(table.size).toBe(4000)
  for (let index = 0; index < 4000; index++) expect(table.add(words, index * IDENTITY_WORDS)).toBe(-1)
  for (let index = 4000; index < 5000; index++)
    expect(table.add(words, index * IDENTITY_WORDS)).toBeGreaterThanOrEqual(0)
})

test('a filter says yes to all that is in it, and seldom to anything else, after it was kept as well', () => {
  const ids = Array.from({ length: 40_000 }, (_, index) => `id-${index}`)
  const words = hashes(ids)
  const table = new ExactTable()
  table.reserve(20_000)
  for (let index = 0; index < 20_000; index++) table.add(words, index * IDENTITY_WORDS)
  const filter = new FingerprintFilter(FingerprintFilter.of(table).bytes)
  expect(filter.bytes.length).toBe(FingerprintFilter.sizeFor(20_000))
  let wrong = 0
  for (let index = 0; index < 40_000; index++) {
    const isThere = filter.mayHave(words, index * IDENTITY_WORDS)
    if (index < 20_000) expect(isThere).toBe(true)
    else if (isThere) wrong++
  }
  expect(wrong).toBeLessThanOrEqual(2)
})

/** What one commit does with the ids; `fails` is a transaction that was rolled back. */
interface Step {
  readonly ids: readonly number[]
  readonly fails: boolean
  readonly days: number
  readonly reopens: boolean
  readonly drops: boolean
}
const someStep: fc.Arbitrary<Step> = fc.record({
  ids: fc.array(fc.nat(60), { maxLength: 25 }),
  fails: fc.integer({ min: 0, max: 9 }).map((dice) => dice < 2),
  days: fc.constantFrom(0, 0, 0, 1, 2),
  reopens: fc.integer({ min: 0, max: 9 }).map((dice) => dice < 2),
  drops: fc.boolean(),
})

test.each([
  { memoryBytes: 1, what: 'no room for any filter' },
  { memoryBytes: 2600, what: 'room for some filters' },
  { memoryBytes: 1e8, what: 'room for all' },
])('ids are known exactly, across failures, days and restarts, with $what', async ({ memoryBytes }) => {
  const dedupeDays = 3
  await fc.assert(
    fc.asyncProperty(fc.array(someStep, { minLength: 5, maxLength: 40 }), async (steps) => {
      const instance = await DuckDBInstance.create(':memory:')
      const connection = await instance.connect()
      await migrate(connection, 0)
      const open = () => EventIds.open(connection, { dedupeDays, memoryBytes, log: SILENT_LOG })
      let ids = await open()
      let day = 20_000
      const arrivals = new Map<number, number>()
      for (const step of steps) {
        day += step.days
        if (step.reopens) ids = await open()
        const words = new Uint32Array(step.ids.length * IDENTITY_WORDS)
        for (const [index, id] of step.ids.entries())
          new IdentityHash(ids.key).write(words, index * IDENTITY_WORDS, 1, 0, `id-${id}`)
        await ids.prepare(connection, day, step.ids.length)
        const known = await ids.known(connection, words, step.ids.length)
        const fresh = step.ids.flatMap((_, index) => (known.has(index) || !ids.remember(words, index) ? [] : [index]))
        const expected = step.ids.flatMap((id, index) => {
          const arrived = arrivals.get(id)
          const isKnown = arrived !== undefined && arrived >= day - dedupeDays
          return isKnown || step.ids.indexOf(id) < index ? [] : [index]
        })
        expect(fresh).toEqual(expected)
        if (step.fails) {
          ids.forget()
          continue
        }
        const halves = new BigUint64Array(words.buffer)
        for (const index of fresh) {
          await connection.run('INSERT INTO event_id VALUES ($1, $2, $3::UBIGINT, $4::UBIGINT)', [
            ids.current.segment,
            ids.current.day,
            String(halves[index * 2]),
            String(halves[index * 2 + 1]),
          ])
          arrivals.set(step.ids[index] ?? -1, day)
        }
        ids.keep()
        if (step.drops) await ids.dropExpired(connection, day)
      }
      connection.closeSync()
      instance.closeSync()
    }),
    { numRuns: 8, endOnFailure: true },
  )
})
