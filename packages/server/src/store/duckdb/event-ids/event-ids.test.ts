import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IDENTITY_WORDS } from '../../../domain/event-batch.ts'
import { IdentityHash } from '../../event-identity.ts'
import { ExactTable } from './exact-table.ts'
import { Generations } from './generations.ts'
import { packed, TAGS, taggedKey, unpack } from './packed-run.ts'
import { GROUPS, groupOf, keyOf, PrefixFilter } from './prefix-filter.ts'

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

test('a filter says yes to all that is in it with their tags, and seldom to anything else, whatever it keeps of each', () => {
  const words = hashes(Array.from({ length: 80_000 }, (_, index) => `id-${index}`))
  const filter = new PrefixFilter()
  const isOdd = (tag: number) => tag % 2 === 1
  const expectOf = (wrongAtMost: number, isThere: (index: number) => boolean) => {
    let wrong = 0
    for (let index = 0; index < 80_000; index++) {
      const found = new Uint8Array(TAGS)
      const isHit = filter.mayHave(words, index * IDENTITY_WORDS, found)
      if (isThere(index)) expect(found[index % TAGS]).toBe(1)
      else if (isHit) wrong++
      expect(isHit).toBe(found.includes(1))
    }
    expect(wrong).toBeLessThanOrEqual(wrongAtMost)
  }
  for (let part = 0; part < 20; part++) {
    for (const [group, keys] of groupedKeys(words, part * 2000, 2000)) filter.add(group, keys, keys.length)
    if (part % 3 === 0) for (let group = 0; group < GROUPS; group++) filter.tidy(group, () => true, part === 9)
  }
  expectOf(1, (index) => index < 40_000)
  for (let group = 0; group < GROUPS; group++) filter.tidy(group, isOdd, true)
  expectOf(1, (index) => index < 40_000 && isOdd(index % TAGS))
  expect(filter.counts.reduce((sum, count) => sum + count, 0)).toBe(20_000)
  const before = filter.bytes
  while (filter.coarsen());
  for (let group = 0; group < GROUPS; group++) filter.tidy(group, isOdd, false)
  expect(filter.bytes).toBeLessThan(before)
  expectOf(50, (index) => index < 40_000 && isOdd(index % TAGS))
})

/** The keys of some hashes by their group, each with its number's tag. */
function groupedKeys(words: Uint32Array, first: number, count: number): ReadonlyMap<number, Float64Array> {
  const groups = new Map<number, number[]>()
  for (let index = first; index < first + count; index++) {
    const at = index * IDENTITY_WORDS
    const keys = groups.get(groupOf(words, at)) ?? []
    groups.set(groupOf(words, at), [...keys, keyOf(words, at, index % TAGS)])
  }
  return new Map([...groups].map(([group, keys]) => [group, Float64Array.from(keys).sort()]))
}

test('packed keys come back as they were, of any number and with any tags', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: 2 ** 36 - 1 }), fc.nat({ max: TAGS - 1 })), { maxLength: 300 }),
      (pairs) => {
        const keys = Float64Array.from(pairs, ([key, tag]) => taggedKey(key, tag)).sort()
        const back = new Float64Array(keys.length)
        unpack(packed(keys, keys.length, 36), back)
        expect(back).toEqual(keys)
        const coarse = packed(keys, keys.length, 20)
        unpack(coarse, back)
        const kept = [...keys].map((key) => Math.floor(key / TAGS / 2 ** 16) * 2 ** 16 * TAGS + (key % TAGS))
        expect([...back].sort((a, b) => a - b)).toEqual(kept.sort((a, b) => a - b))
      },
    ),
  )
})

test('a tag is live for as long as one of its days is remembered, also past as many days as there are tags', () => {
  for (const dedupeDays of [1, 35, 60, 61, 365, 3650]) {
    const generations = new Generations(dedupeDays)
    for (let today = 20_000; today < 20_200; today += 7) {
      generations.pass(today)
      for (let day = today - dedupeDays; day <= today; day++) {
        const tag = generations.tagOf(day)
        expect(generations.isLive(tag)).toBe(true)
        const { first, last } = generations.daysOf(tag)
        expect(day >= first && day <= last).toBe(true)
      }
      expect(new Set(generations.tags).size).toBe(generations.tags.length)
      expect(generations.tags.length).toBeLessThan(TAGS)
    }
  }
})
