import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DamagedFilter, FilterFile, type FilterIndex, writeFilter } from './filter-file.ts'
import { KEY_BITS, type PackedRun, packed, TAGS, taggedKey } from './packed-run.ts'
import { GROUPS } from './prefix-filter.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-filter-'))
  path = join(folder, 'filter')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Of a group, none to two, of some hundred keys. */
const RUNS: readonly (readonly PackedRun[])[] = Array.from({ length: GROUPS }, (_, group) =>
  Array.from({ length: group % 3 }, (_, run) => {
    const count = 200 + group + run
    const keys = Float64Array.from({ length: count }, (_, index) =>
      taggedKey(Math.floor((index / count) * 2 ** KEY_BITS) + group, (group + index) % TAGS),
    )
    return packed(keys, count, KEY_BITS - 2 * run)
  }),
)
const write = () =>
  writeFilter(
    path,
    (group) => RUNS[group] ?? [],
    async () => undefined,
  )

async function readGroups(index: FilterIndex): Promise<readonly (readonly PackedRun[] | undefined)[]> {
  const file = await FilterFile.open(path, index)
  const groups: (readonly PackedRun[] | undefined)[] = []
  for (let group = 0; group < GROUPS; group++) groups.push(await file.read(group))
  await file.close()
  return groups
}

test('runs come back as they were, with what is known of them', async () => {
  const index = await write()
  expect(await readGroups(index)).toEqual(RUNS)
  const file = await FilterFile.open(path, index)
  const counted = Array.from({ length: TAGS }, (_, tag) =>
    RUNS.flat().reduce((sum, run) => sum + (run.tags[tag] ?? 0), 0),
  )
  expect(file.counts).toEqual(counted)
  expect(file.precision).toBe(KEY_BITS - 2)
  await file.close()
})

test('a flipped bit anywhere is told, and costs its group at most', async () => {
  const index = await write()
  const whole = readFileSync(path)
  const outcomes = { index: 0, group: 0 }
  for (let place = 0; place < 60; place++) {
    // Every seventh in the index at the end.
    const at = place % 7 === 0 ? whole.length - 1 - place * 13 : (place * 104_729) % whole.length
    const damaged = Buffer.from(whole)
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (place % 8))
    writeFileSync(path, damaged)
    try {
      const groups = await readGroups(index)
      expect(groups.filter((runs) => runs === undefined)).toHaveLength(1)
      for (const [group, runs] of groups.entries()) if (runs !== undefined) expect(runs).toEqual(RUNS[group])
      outcomes.group++
    } catch (error) {
      expect(error).toBeInstanceOf(DamagedFilter)
      outcomes.index++
    }
  }
  expect(outcomes.index).toBeGreaterThan(3)
  expect(outcomes.group).toBeGreaterThan(3)
})

test('a file that is missing, empty, cut short or of another filter is told', async () => {
  const index = await write()
  const whole = readFileSync(path)
  for (const wrong of [Buffer.alloc(0), whole.subarray(0, whole.length - 1), whole.subarray(4)]) {
    writeFileSync(path, wrong)
    const groups = await readGroups(index).catch((error: unknown) => error)
    if (Array.isArray(groups)) expect(groups).toContain(undefined)
    else expect(groups).toBeInstanceOf(DamagedFilter)
  }
  rmSync(path)
  await expect(FilterFile.open(path, index)).rejects.toThrow(DamagedFilter)
  const other = await writeFilter(
    path,
    (group) => (RUNS[group] ?? []).slice(1),
    async () => undefined,
  )
  await expect(FilterFile.open(path, { ...other, checksum: index.checksum })).rejects.toThrow(DamagedFilter)
})
