import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRows, encodeRows, inChunksOf, type UsageRow } from './kept-rows.ts'

const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.bigInt(),
  fc.constant(null),
)
const rows = fc.array(fc.array(value, { maxLength: 6 }), { maxLength: 40 })

test('rows come back as they were kept: text of any script, numbers, whole numbers past 2^53, nothing', () => {
  fc.assert(
    fc.property(rows, (given) => {
      expect(decodeRows(encodeRows(given))).toEqual(given)
    }),
  )
})

function readOrFail(kept: Uint8Array): UsageRow[] | undefined {
  try {
    return decodeRows(kept)
  } catch {
    return undefined
  }
}

test('a flipped bit in kept rows is found or changes nothing, and is never read as other numbers', () => {
  const given = Array.from({ length: 200 }, (_, row) => [`client ${row * 7919}`, row * 104_729, null])
  const kept = encodeRows(given)
  let found = 0
  for (let bit = 0; bit < kept.length * 8; bit += 5) {
    const damaged = Uint8Array.from(kept)
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const read = readOrFail(damaged)
    if (read === undefined) found++
    else expect(read).toEqual(given)
  }
  // A few bits of the frame's header say nothing.
  expect(found).toBeGreaterThan(kept.length * 1.5)
})

test('digits that are text stay text beside a number past 2^53', () => {
  const given = [
    ['9007199254740993', 9007199254740993n],
    ['1', 2],
  ]
  expect(decodeRows(encodeRows(given))).toEqual(given)
})

test('chunks of any size become chunks of one size, rows and order unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(rows, { maxLength: 8 }), fc.integer({ min: 1, max: 25 }), async (chunks, size) => {
      const regrouped = await Array.fromAsync(inChunksOf(size, stream(chunks)))
      expect(regrouped.flat()).toEqual(chunks.flat())
      expect(regrouped.slice(0, -1).every((chunk) => chunk.length === size)).toBe(true)
      expect(regrouped.every((chunk) => chunk.length > 0 && chunk.length <= size)).toBe(true)
    }),
  )
})

async function* stream(chunks: readonly (readonly UsageRow[])[]) {
  yield* chunks
}
